/** French words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

export const french: Lexicon = {
  language: "French",
  fillers: phrases(
    "le|la|les|l|un|une|des|de|du|d|est|sont|c|ce|cet|cette|ces|il|elle|on|y|a|a t il|t|en|dans|sur|au|aux|a la|pour|par|moi|" +
      "nous|vous|tu|je|peux|peut|peux tu|pouvez|pourriez|pouvez vous|pourrais|pourrais tu|s|s il vous plait|svp|s il te plait|" +
      "bonjour|merci|dis|dis moi|dites|dites moi|avec|patient|patiente|enfant|l enfant|enfants|garcon|fille|nourrisson|bebe|" +
      "personne|est ce qu|est ce que|est|si|avoir|ai|ont|d apres|selon|ici|la|veux savoir|voudrais savoir|savoir|possible|" +
      "et|se|lui|son|sa|ses|chez|petit|petite|qui",
  ),
  concepts: {
    identity: phrases("qu est ce que c est|c est quoi|qu est ce que cela|qu est ce"),
    presence: phrases(
      "y a t il|il y a|y a|presence de|presence|present|presente|presentent|voit on|voyez vous|vois tu|voit|voir|visible|" +
        "visibles|montre|montrent|montre t|signe de|signes de|signe|signes|indice de|indices de|preuve de|evidence de|" +
        "suspicion de|suggere|indique|detecte|detecter|detectes tu|decele|deceler|trouve|trouves tu|observe t on|observe|" +
        "oui ou non|souffre|souffre t|atteint|atteinte|evoque|compatible avec|cherche|verifie|verifier|diagnostic de|" +
        "retrouve t on|retrouve|contient",
    ),
    negation: phrases("ne|n|pas|sans|aucun|aucune|absence|jamais|exclure|exclue|ni|rien"),
    what: phrases("que|qu|qu est ce|quel|quelle|quels|quelles|quoi|lequel|laquelle"),
    kind: phrases(
      "type de|type d|type|genre de|genre d|genre|sorte de|sorte d|sorte|modalite|nature|de quoi s agit|" +
        "s agit|categorie",
    ),
    image: phrases("image|images|photo|cliche|cliches|examen|fichier|imagerie|l image"),
    xray: phrases("radio|radios|radiographie|radiographies|rayons x|rayon x|film|films|rx|radiographique|radiologie"),
    ct: phrases("scanner|ct|tdm|coupe|coupe de scanner|tomodensitometrie"),
    histology: phrases("histologie|tissu|lame|biopsie|histologique|microscopie"),
    chest: phrases("thorax|thoracique|thoraciques|poitrine|pulmonaire|pulmonaires|face"),
    lung: phrases("poumon|poumons|champs pulmonaires"),
    right: phrases("droit|droite"),
    left: phrases("gauche"),
    both: phrases("deux|les deux"),
    where: phrases("ou|ou se trouve|trouve|situe|situes|localise|localiser|localisation|position|ou sont"),
    outline: phrases("cadre|boite|boites|encadre|entoure|dessine|marque|delimite|contour|coordonnees|autour"),
    describe: phrases(
      "decris|decrivez|decrire|description|rapport|compte rendu|redige|rediger|ecris|ecrivez|interprete|interpretez|" +
        "interpreter|interpretation|resume|resumer|resultats|que montre|que voit on|qu est ce qu on voit|que vois tu|" +
        "que voyez vous|qu observe t on|redigez|fais|faites|donne|donnez|genere|produis|conclusion|impression|lis|commente|" +
        "commentez|radiologique",
    ),
    normal: phrases("normal|normale|normaux|sain|saine"),
    change: phrases(
      "ameliore|amelioree|amelioration|amelioree|aggrave|aggravee|aggravation|stable|stables|change|changement|changements|" +
        "evolue|evolution|mieux|pire|compare|comparez|comparaison|comparer|progresse|regresse|empire",
    ),
    prior: phrases(
      "precedent|precedente|precedents|anterieur|anterieure|avant|actuel|actuelle|premier|premiere|second|seconde|deuxieme|" +
        "depuis|entre|rapport a|par rapport|deux images|deux radios|derniere|dernier|ancienne|nouvelle",
    ),
    disease: phrases("maladie|affection"),
    or: phrases("ou bien|ou|soit"),
  },
  elsewhere: phrases("pour quoi|a quoi"),
  joints: phrases("et|ainsi que"),
};
