/** Portuguese words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

// `no` (in the) occurs only in phrases with its noun: alone it would turn `no pneumonia`, which is English and Spanish,
// into a question about pneumonia.
export const portuguese: Lexicon = {
  language: "Portuguese",
  fillers: phrases(
    "o|a|os|as|um|uma|uns|umas|e|sao|este|esta|estes|estas|isto|isso|essa|esse|aqui|alguma|algum|de|do|da|dos|das|em|na|nos|" +
      "nas|num|numa|nesta|neste|nessa|nesse|desta|deste|dessa|desse|para|por|com|me|nos|tu|voce|eu|pode|podes|poderia|favor|" +
      "por favor|ola|obrigado|obrigada|diga|diz|diga me|dizer|paciente|pacientes|crianca|criancas|menino|menina|bebe|lactente|" +
      "pessoa|se|ao|tem|seu|sua|lhe|segundo|quero saber|gostaria de saber|saber|possivel|ha|pediatrica|pediatrico|infantil|" +
      "pequeno|no paciente|no menino|no bebe|no lactente",
  ),
  concepts: {
    identity: phrases("o que e isto|o que e isso|que e isto|o que e"),
    presence: phrases(
      "ha|existe|existem|presenca de|presenca|presente|ve se|ve|veem se|ves|ver|visivel|visiveis|mostra|mostram|sinais de|" +
        "sinal de|sinais|indicios de|indicio de|evidencia de|evidencia|suspeita de|suspeita|sugere|indica|deteta|detecta|" +
        "detectar|detetar|encontra|encontras|observa se|observa|observam se|sim ou nao|sofre|sofre de|sofre com|compativel com|" +
        "procura|procure|verifica|verifique|identifica|identifique|diagnostico de|apresenta|aparece|contem|nota se|consegue ver|" +
        "tem",
    ),
    negation: phrases("nao|sem|nenhum|nenhuma|ausencia|nunca|descartar|excluir|excluida|nem|nada"),
    what: phrases("que|qual|quais|que coisa|o que"),
    kind: phrases("tipo de|tipo|genero de|especie de|modalidade|de que se trata|se trata|categoria"),
    image: phrases("imagem|imagens|foto|exame|estudo|ficheiro|arquivo|no exame|no estudo|no ficheiro|no arquivo"),
    xray: phrases("radiografia|radiografias|raio x|raios x|rx|chapa|filme|radiologica|no raio x|no rx|no filme"),
    ct: phrases("tac|tc|tomografia|ct|corte|no corte"),
    histology: phrases("histologia|tecido|biopsia|lamina|histologica|microscopia"),
    chest: phrases("torax|peito|toracica|toracico|pulmonar|pulmonares|frontal|no torax|no peito"),
    lung: phrases("pulmao|no pulmao|pulmoes|campos pulmonares"),
    right: phrases("direito|direita"),
    left: phrases("esquerdo|esquerda"),
    both: phrases("ambos|ambas|dois"),
    where: phrases(
      "onde|onde esta|onde estao|onde fica|onde ficam|localizacao|posicao|localiza|localize|localizar|fica",
    ),
    outline: phrases(
      "caixa|retangulo|quadro|marca|marque|desenha|desenhe|delimita|delimite|contorno|coordenadas|volta",
    ),
    describe: phrases(
      "descreve|descreva|descrever|descricao|relatorio|laudo|escreve|escreva|redige|redija|interpreta|interprete|interpretar|" +
        "interpretacao|resume|resuma|resumo|achados|o que mostra|o que se ve|o que ves|o que voce ve|que mostra|faz|faca|gera|" +
        "gere|elabore|elabora|da me|de me|impressao|conclusao|le|leia|comenta|comente|radiologico",
    ),
    normal: phrases("normal|normais|saudavel"),
    change: phrases(
      "melhorou|melhorado|melhor|melhora|melhoria|piorou|pior|piorado|piora|estavel|estaveis|mudou|mudanca|mudancas|evoluiu|" +
        "evolucao|compara|compare|comparacao|comparar|progrediu|regrediu",
    ),
    prior: phrases(
      "previo|previa|anterior|anteriores|antes|atual|primeiro|primeira|segundo exame|segunda|desde|entre|relacao|em relacao|" +
        "duas imagens|duas|ultima|ultimo|nova",
    ),
    disease: phrases("doenca"),
    or: phrases("ou"),
  },
  elsewhere: phrases("por que|para que|a que se deve"),
  joints: phrases("e|alem de"),
};
