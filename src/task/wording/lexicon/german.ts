/** German words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

export const german: Lexicon = {
  language: "German",
  fillers: phrases(
    "der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines|ist|sind|es|er|sie|dies|diese|dieser|dieses|diesem|diesen|hier|" +
      "da|dort|irgendeine|in|im|an|am|auf|zu|zum|zur|fur|von|vom|bei|beim|mir|uns|du|ihr|mein|meine|ich|wir|man|kann|kannst|" +
      "konnen|konntest|konnten|bitte|hallo|danke|mal|sag|sage|sagen|hat|haben|habe|hast|mit|als|und|patient|patienten|patientin|" +
      "kind|kindes|kinder|kindern|junge|jungen|madchen|saugling|sauglings|baby|person|ob|so|auch|mochte wissen|wurde gern wissen|" +
      "wissen|wird|worden|eventuell|vielleicht|wohl|denn|etwa|um|sich|handelt|handelt es sich um|deiner meinung nach|laut|anhand|" +
      "mogliche|mogliches|eindeutige|gerade|eigentlich",
  ),
  concepts: {
    identity: phrases("was ist das|was ist dies|was ist es|was ist hier zu sehen"),
    presence: phrases(
      "gibt es|gibts|liegt vor|liegt|vor|vorhanden|sieht man|sehen|sieht|siehst du|siehst|sichtbar|zu sehen|zeigt|zeigen|" +
        "zeichen einer|zeichen fur|zeichen|anzeichen|anzeichen fur|hinweis auf|hinweise auf|hinweise|hinweis|verdacht auf|" +
        "verdacht|erkennbar|erkennen|erkennst du|findet sich|finden sich|finden|findest du|besteht|leidet|vorliegen|spricht fur|" +
        "spricht|nachweisbar|nachweis einer|ja oder nein|prufe|prufen|uberprufe|suche nach|enthalt|erkrankt|diagnose|passt zu|" +
        "deutet auf|hin",
    ),
    negation: phrases(
      "kein|keine|keinen|keiner|keinerlei|nicht|nie|ohne|ausschluss|ausschliessen|ausgeschlossen|frei von|weder|nichts",
    ),
    what: phrases("was|welche der|welches|welche|welcher|welchen|welchem"),
    kind: phrases(
      "art von|art|typ|sorte|modalitat|was fur ein|was fur eine|was fur einen|um was fur|welche art|" +
        "worum handelt es sich|kategorie",
    ),
    image: phrases("bild|bilder|bildes|bilds|bildern|foto|aufnahme|aufnahmen|untersuchung|datei|scan|bildgebung"),
    xray: phrases(
      "rontgenbild|rontgenbilder|rontgenbildes|rontgenbildern|rontgenaufnahme|rontgenaufnahmen|rontgen|film|filme|radiographie|" +
        "thoraxaufnahme|thoraxaufnahmen|thoraxbild|lungenaufnahme|thoraxrontgen|rontgenthorax|rontgenfilm|thorax rontgen",
    ),
    ct: phrases("ct|ct bild|ct schnitt|computertomographie|schichtbild|ct schicht"),
    histology: phrases(
      "histologie|gewebeschnitt|gewebe|histologisches|histologischen|histologiebild|schnitt|mikroskopie",
    ),
    chest: phrases("thorax|brust|brustkorb|brustkorbs"),
    lung: phrases("lunge|lungen|lungenflugel|lungenfeld|lungenfelder"),
    right: phrases("rechte|rechten|rechter|rechts"),
    left: phrases("linke|linken|linker|links"),
    both: phrases("beide|beiden"),
    where: phrases("wo|befinden|befindet|lage|position|lokalisiere|lokalisation|ort"),
    outline: phrases(
      "kasten|rahmen|box|umrande|markiere|markieren|zeichne|einzeichnen|koordinaten|umreisse|ein|einen kasten",
    ),
    describe: phrases(
      "beschreibe|beschreiben|beschreibst du|beschreib|beschreibung|befund|befunde|befunden|bericht|schreibe|schreib|erstelle|" +
        "verfasse|interpretiere|beurteile|beurteilung|fasse zusammen|zusammenfassung|was zeigt|was sieht man|was siehst du|" +
        "was ist zu sehen|was ist zu erkennen|was erkennt man|gib|formuliere|diktiere|erklare|radiologischen|rontgenbefund|" +
        "radiologischer|radiologie|radiologische",
    ),
    normal: phrases("normal|normale|normaler|normales|gesund|unauffallig"),
    change: phrases(
      "verbessert|besser|verbesserung|schlechter|verschlechtert|verschlechterung|stabil|unverandert|verandert|veranderung|" +
        "verlauf|vergleiche|vergleich|zuruckgegangen|fortgeschritten|geworden",
    ),
    prior: phrases(
      "vorher|vorherigen|vorherigem|fruheren|fruher|vorige|vorigen|voraufnahme|voraufnahmen|aktuell|aktuelle|aktuellen|ersten|" +
        "erstes|zweiten|zweites|seit|zwischen|zur voraufnahme|gegenuber|neuen|neue|alten|alte|zwei|beiden bilder|zum vorbild|" +
        "letzten|jetzt",
    ),
    disease: phrases("krankheit|erkrankung"),
    or: phrases("oder|beziehungsweise|bzw"),
  },
  joints: phrases("und|sowie"),
};
