"""The causes that every instance knows from its first day, in French and English, with what else they are
called. Typing any of these names gives the one cause; what nobody has listed is a cause of its own.

An admin adds others and merges what means the same (`fedi_aid causes`). Names of causes are compared without
case, accents, spaces and signs, like the hashtags that say them on other servers.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import msgspec

from fedi_aid.model.control_tags import slug


class Cause(msgspec.Struct, frozen=True):
    """A cause of the vocabulary; `also`: other names for it."""

    en: str
    fr: str
    also: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.en)

    def name(self, locale: str) -> str:
        return self.fr if locale.lower().startswith("fr") else self.en


@cache
def key_of(name: str) -> str:
    """How names of causes are compared: `"Économie  d'énergie"` and `"#EconomieDenergie"` are the same. Empty
    for what has neither letter nor digit."""
    return slug(name.lstrip("#＃")).replace("_", "")


VOCABULARY: Final[tuple[Cause, ...]] = (
    Cause("Accessibility", "Accessibilité", ("a11y", "disability access", "PMR")),
    Cause("Ageing well", "Bien vieillir", ("ageing", "aging", "elderly", "seniors", "personnes âgées")),
    Cause(
        "Agriculture", "Agriculture paysanne", ("farming", "organic farming", "agroécologie", "agroecology")
    ),
    Cause("Animal welfare", "Bien-être animal", ("animals", "animal rights", "animaux", "cause animale")),
    Cause("Anti-racism", "Antiracisme", ("racism", "racisme", "lutte contre le racisme")),
    Cause("Architecture", "Architecture et urbanisme", ("urbanism", "town planning", "urbanisme")),
    Cause("Biodiversity", "Biodiversité", ("wildlife", "nature", "rewilding", "faune", "flore")),
    Cause("Carers", "Aidants", ("caregivers", "caring", "proches aidants", "aidant")),
    Cause("Children", "Enfance", ("childhood", "kids", "enfants", "child protection")),
    Cause("Cinema", "Cinéma", ("film", "films", "movies", "film making")),
    Cause("Climate", "Climat", ("climate change", "climate action", "changement climatique")),
    Cause("Commons", "Communs", ("the commons", "biens communs", "open knowledge", "savoirs ouverts")),
    Cause("Cooking", "Cuisine", ("food", "cookery", "alimentation", "gastronomie")),
    Cause("Cooperatives", "Coopératives", ("co-ops", "coop", "cooperative economy", "économie sociale")),
    Cause("Crafts", "Artisanat", ("handicraft", "craft", "métiers d'art", "artisans")),
    Cause("Culture", "Culture et patrimoine", ("heritage", "patrimoine", "cultural heritage")),
    Cause("Cycling", "Vélo", ("bicycle", "bicycles", "bikes", "biking", "bicyclette", "cyclisme")),
    Cause("Dance", "Danse", ("dancing", "bal", "ballet")),
    Cause("Democracy", "Démocratie", ("citizenship", "citoyenneté", "participation", "civic life")),
    Cause(
        "Digital rights", "Libertés numériques", ("privacy", "vie privée", "surveillance", "net neutrality")
    ),
    Cause("Disability", "Handicap", ("disabled people", "personnes handicapées", "neurodiversity")),
    Cause("Education", "Éducation", ("learning", "teaching", "school", "schools", "école", "enseignement")),
    Cause("Employment", "Emploi", ("jobs", "work", "job search", "travail", "recherche d'emploi")),
    Cause("Energy", "Énergie", ("renewable energy", "énergies renouvelables", "saving energy", "sobriété")),
    Cause("Entrepreneurship", "Entrepreneuriat", ("startups", "business", "création d'entreprise")),
    Cause("Environment", "Environnement", ("ecology", "écologie", "green", "planet", "planète")),
    Cause("Equality", "Égalité", ("feminism", "féminisme", "women's rights", "gender equality", "parité")),
    Cause("Family", "Famille", ("parents", "parenting", "parentalité", "families")),
    Cause("Free software", "Logiciel libre", ("open source", "foss", "libre software", "logiciels libres")),
    Cause("Gardening", "Jardinage", ("garden", "gardens", "jardin", "jardins", "potager", "allotments")),
    Cause("Health", "Santé", ("public health", "medicine", "médecine", "soin", "healthcare")),
    Cause("Housing", "Logement", ("home", "homes", "habitat", "flats", "cohabitation")),
    Cause("Homelessness", "Sans-abrisme", ("homeless", "sans-abri", "sdf", "rough sleeping")),
    Cause("Human rights", "Droits humains", ("droits de l'homme", "civil rights", "droits fondamentaux")),
    Cause("Journalism", "Journalisme", ("press", "media", "presse", "médias", "free press")),
    Cause("Languages", "Langues", ("language learning", "translation", "traduction", "langue")),
    Cause("LGBTQ+", "LGBTQ+", ("lgbt", "lgbtqia", "queer", "pride")),
    Cause("Literature", "Littérature", ("books", "reading", "writing", "livres", "lecture", "écriture")),
    Cause("Local life", "Vie locale", ("village", "local", "community life", "vie de village")),
    Cause("Mental health", "Santé mentale", ("psychology", "psychologie", "well-being", "wellbeing")),
    Cause("Mobility", "Mobilité", ("transport", "public transport", "transports", "covoiturage")),
    Cause("Music", "Musique", ("choir", "chœur", "chorale", "singing", "chant", "concerts", "musiciens")),
    Cause("Neighbourhood", "Voisinage", ("neighbours", "neighbors", "voisins", "quartier", "neighborhood")),
    Cause("Oceans", "Océans", ("sea", "mer", "rivers", "water", "eau", "rivières")),
    Cause("Peace", "Paix", ("non-violence", "pacifism", "pacifisme", "disarmament")),
    Cause("Photography", "Photographie", ("photo", "photos", "pictures")),
    Cause("Poverty relief", "Lutte contre la pauvreté", ("poverty", "pauvreté", "précarité", "food bank")),
    Cause("Refugees", "Réfugiés", ("asylum", "asile", "migrants", "migration", "exiles", "exilés")),
    Cause("Repair", "Réparation", ("repair café", "fixing", "right to repair", "bricolage", "diy")),
    Cause("Science", "Sciences", ("research", "recherche", "citizen science", "sciences participatives")),
    Cause("Solidarity", "Solidarité", ("mutual aid", "entraide", "volunteering", "bénévolat")),
    Cause("Sport", "Sports", ("football", "running", "course à pied", "hiking", "randonnée")),
    Cause("Theatre", "Théâtre", ("theater", "stage", "drama", "improvisation", "impro")),
    Cause("Visual arts", "Arts visuels", ("art", "arts", "painting", "peinture", "drawing", "dessin")),
    Cause("Youth", "Jeunesse", ("young people", "teenagers", "jeunes", "adolescents")),
    Cause("Zero waste", "Zéro déchet", ("waste", "recycling", "recyclage", "compost", "déchets")),
)


def _by_key() -> Mapping[str, Cause]:
    found: dict[str, Cause] = {}
    for cause in VOCABULARY:
        for name in (cause.en, cause.fr, *cause.also):
            found.setdefault(key_of(name), cause)
    return MappingProxyType(found)


BY_KEY: Final[Mapping[str, Cause]] = _by_key()
"""Every name of the vocabulary, as `key_of` it, with its cause."""


def hashtag(name: str) -> str:
    """The name of a cause as a hashtag says it, without the sign: `"Free software"` → `"FreeSoftware"`."""
    plain = unicodedata.normalize("NFKC", name)  # a sign such as ㎏ is letters: they travel
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    if len(words) < 2:
        return "".join(words)
    return "".join(_capital(word) for word in words)


def _capital(word: str) -> str:
    """With a capital, where that keeps it the same word: not so of the Turkish dotless ı."""
    grown = word[:1].upper() + word[1:]
    return grown if slug(grown) == slug(word) else word
