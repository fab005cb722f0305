/** Spanish words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

export const spanish: Lexicon = {
  language: "Spanish",
  fillers: phrases(
    "el|la|los|las|un|una|unos|unas|es|son|este|esta|estos|estas|esto|eso|esa|ese|aqui|alguna|algun|de|del|en|a|al|para|por|me|" +
      "nos|tu|usted|yo|puedes|puede|podria|podrias|podrian|se|favor|por favor|hola|gracias|dime|diga|digame|decir|con|paciente|" +
      "pacientes|nino|nina|ninos|bebe|lactante|persona|si|lo|su|sus|tiene|tienen|esta|hacer|ha|segun|quiero saber|" +
      "quisiera saber|saber|posible|y|le|mi|infantil|pediatrica|pediatrico|pequeno|o",
  ),
  concepts: {
    identity: phrases("que es esto|que es"),
    presence: phrases(
      "hay|existe|existen|presencia de|presencia|presente|se ve|se ven|ves|ve|ver|visible|visibles|muestra|muestran|signos de|" +
        "signo de|signos|senales de|indicios de|evidencia de|evidencia|sospecha de|sospecha|sugiere|indica|detecta|detectas|" +
        "detectar|encuentra|encuentras|se observa|se observan|observa|observas|aprecia|se aprecia|se aprecian|si o no|padece|" +
        "sufre|sufre de|compatible con|busca|comprueba|verifica|identifica|identificas|diagnostico de|contiene|presenta",
    ),
    negation: phrases("no|sin|ningun|ninguna|ausencia|nunca|descartar|descarta|descartada|ni|nada"),
    what: phrases("que|cual|cuales|que cosa"),
    kind: phrases("tipo de|tipo|clase de|clase|modalidad|genero|de que se trata|se trata|categoria"),
    image: phrases("imagen|imagenes|foto|estudio|examen|archivo|imagen medica"),
    xray: phrases("radiografia|radiografias|rayos x|placa|placas|rx|pelicula|radiologica"),
    ct: phrases("tac|tc|tomografia|corte|ct"),
    histology: phrases("histologia|tejido|biopsia|lamina|histologica|microscopia"),
    chest: phrases("torax|pecho|toracica|pulmonar|pulmonares|frontal"),
    lung: phrases("pulmon|pulmones|campos pulmonares"),
    right: phrases("derecho|derecha"),
    left: phrases("izquierdo|izquierda"),
    both: phrases("ambos|ambas|dos"),
    where: phrases("donde|donde esta|donde estan|ubicacion|posicion|localiza|localizar|localizacion|ubica|situado"),
    outline: phrases("cuadro|recuadro|caja|marca|dibuja|delimita|senala|contorno|coordenadas|alrededor|encuadra"),
    describe: phrases(
      "describe|describa|describeme|describir|descripcion|informe|reporte|escribe|escriba|redacta|redacte|interpreta|" +
        "interprete|interpretar|interpretacion|resume|resumen|hallazgos|que muestra|que se ve|que ves|que se observa|" +
        "que se aprecia|haz|haga|genera|da|dame|impresion|conclusion|lee|elabora|comenta|radiologico",
    ),
    normal: phrases("normal|normales|sano|sana"),
    change: phrases(
      "mejorado|mejor|mejora|mejoria|mejoro|empeorado|peor|empeoro|empeora|empeoramiento|estable|estables|cambiado|cambio|" +
        "cambios|evolucion|evolucionado|compara|compare|comparacion|comparar|progresado",
    ),
    prior: phrases(
      "previo|previa|anterior|anteriores|antes|actual|primero|primera|segundo|segunda|desde|entre|respecto|con respecto|" +
        "dos imagenes|ultima|ultimo|nueva",
    ),
    disease: phrases("enfermedad"),
    or: phrases("o bien|o|u"),
  },
  elsewhere: phrases("por que|para que|a que se debe"),
  joints: phrases("y|e|ademas de"),
};
