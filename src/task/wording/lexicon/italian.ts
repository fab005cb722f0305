/** Italian words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

export const italian: Lexicon = {
  language: "Italian",
  fillers: phrases(
    "il|lo|la|i|gli|le|l|un|uno|una|e|sono|questo|questa|questi|queste|quest|qui|qualche|di|del|della|dello|dell|dei|delle|in|" +
      "nel|nella|nell|nelle|nei|a|al|alla|per|su|sul|sulla|sull|mi|ci|tu|io|puoi|puo|potresti|potrebbe|favore|per favore|" +
      "per piacere|ciao|grazie|dimmi|dire|dica|mi dica|con|paziente|pazienti|bambino|bambina|bambini|neonato|lattante|persona|se|" +
      "che|ha|hanno|si|sua|suo|lei|secondo|voglio sapere|vorrei sapere|sapere|possibile|ed|da|dal|piccolo|pediatrica|pediatrico|" +
      "c|una possibile|di una",
  ),
  concepts: {
    identity: phrases("che cos e|che cosa e|cos e|che cosa e questo"),
    presence: phrases(
      "c e|ci sono|c sono|esiste|presenza di|presenza|presente|presenta|vede|si vede|si vedono|vedi|vedere|visibile|visibili|" +
        "mostra|mostrano|segni di|segno di|segni|segno|evidenza di|evidenza|sospetto di|sospetta|sospetto|suggerisce|indica|" +
        "rilevi|rileva|rilevare|si rileva|trovi|trova|si osserva|si osservano|osserva|osservi|si nota|noti|soffre|soffre di|" +
        "affetto|affetta|compatibile con|cerca|controlla|verifica|verificare|diagnosi di|si o no|riconosci|identifica|contiene|" +
        "si evidenzia|evidenzia|indizi di|riscontra|si riscontra",
    ),
    negation: phrases("non|senza|nessun|nessuna|assenza|mai|escludere|esclusa|escludi|ne|niente|nulla"),
    what: phrases("che|quale|quali|cosa|che cosa|cos|qual"),
    kind: phrases(
      "tipo di|tipo|genere di|genere|specie di|modalita|di cosa si tratta|di che si tratta|" + "si tratta|categoria",
    ),
    image: phrases("immagine|immagini|foto|esame|indagine|file"),
    xray: phrases("radiografia|radiografie|raggi x|raggi|lastra|lastre|rx|pellicola|radiografica|radiologica"),
    ct: phrases("tac|tc|tomografia|ct|sezione|fetta"),
    histology: phrases("istologia|tessuto|biopsia|vetrino|istologica|istologico|microscopia"),
    chest: phrases("torace|petto|toracica|toracico|polmonare|polmonari|frontale"),
    lung: phrases("polmone|polmoni|campi polmonari"),
    right: phrases("destro|destra"),
    left: phrases("sinistro|sinistra"),
    both: phrases("entrambi|entrambe|due"),
    where: phrases(
      "dove|dov|dove si trova|dove si trovano|posizione|localizza|localizzare|localizzazione|si trova|si trovano|ubicazione",
    ),
    outline: phrases("riquadro|riquadri|casella|segna|disegna|delimita|contorno|coordinate|evidenzia|intorno|attorno"),
    describe: phrases(
      "descrivi|descriva|descrivimi|descrivere|descrizione|referto|relazione|scrivi|scriva|redigi|rediga|interpreta|interpreti|" +
        "interpretare|interpretazione|riassumi|riassunto|reperti|cosa mostra|cosa si vede|cosa vedi|che cosa mostra|" +
        "che cosa si vede|fai|fammi|genera|dammi|impressione|conclusione|leggi|prepara|commenta|radiologico",
    ),
    normal: phrases("normale|normali|sano|sana"),
    change: phrases(
      "migliorata|migliorato|migliore|meglio|miglioramento|peggiorata|peggiorato|peggio|peggioramento|stabile|stabili|cambiata|" +
        "cambiato|cambiamenti|cambiamento|evoluzione|evoluta|confronta|confronto|confrontare|progredita|decorso|invariata",
    ),
    prior: phrases(
      "precedente|precedenti|prima|attuale|primo|seconda|secondo esame|rispetto|dalla|tra|fra|due immagini|ultima|ultimo|nuova",
    ),
    disease: phrases("malattia"),
    or: phrases("o|oppure"),
  },
  joints: phrases("e|ed|inoltre"),
};
