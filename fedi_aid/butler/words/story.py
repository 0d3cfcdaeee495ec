"""The story of a request, in sentences: numbers, never names of the silent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# What the log of a request calls it → what is said of it. `people`, `carriers`: "3 people".
HAPPENED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "raised": {"en": "The flag was raised.", "fr": "Le drapeau a été levé."},
        "wave": {
            "en": "Wave {wave}: {asked} asked to help, {carriers} asked to carry it on.",
            "fr": "Vague {wave} : aide demandée à {asked}, relais demandé à {carriers}.",
        },
        "reoffered": {
            "en": "Nobody had come forward: {asked} asked once more.",
            "fr": "Personne ne s’était manifesté : aide redemandée, une seule fois, à {asked}.",
        },
        "offered": {"en": "Somebody offered to help.", "fr": "Quelqu’un a proposé son aide."},
        "asked_author": {
            "en": "The author was asked where they are with it.",
            "fr": "On a demandé à l’auteur·e où en était la demande.",
        },
        "still": {
            "en": "The author said that help is still needed.",
            "fr": "L’auteur·e a dit que l’aide reste nécessaire.",
        },
        "adjusted": {"en": "The author changed it: {change}.", "fr": "L’auteur·e l’a modifiée : {change}."},
        "widened": {
            "en": "The author agreed that friends of friends may be reached.",
            "fr": "L’auteur·e accepte qu’elle aille aux ami·es d’ami·es.",
        },
        "level_widened": {
            "en": "The author widened it to level {level}.",
            "fr": "L’auteur·e l’a élargie au niveau {level}.",
        },
        "paused": {"en": "The author paused the request.", "fr": "L’auteur·e a suspendu la demande."},
        "woken": {
            "en": "The pause was over: the request goes on.",
            "fr": "La pause était terminée : la demande continue.",
        },
        "asleep": {
            "en": "The request was put to sleep: nobody is asked any more until its author wakes it.",
            "fr": "La demande s’est endormie : personne n’est plus sollicité jusqu’à ce que l’auteur·e la réveille.",
        },
        "lowered": {
            "en": "The author lowered the flag: {outcome}.",
            "fr": "L’auteur·e a abaissé le drapeau : {outcome}.",
        },
    }
)

STATES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "open": {"en": "open", "fr": "ouverte"},
        "asleep": {"en": "asleep; the flag is up", "fr": "endormie ; le drapeau est levé"},
        "paused": {"en": "paused; the flag is up", "fr": "en pause ; le drapeau est levé"},
        "lowered": {"en": "the flag is down", "fr": "le drapeau est abaissé"},
    }
)

OUTCOMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "solved": {"en": "solved", "fr": "résolue"},
        "withdrawn": {"en": "withdrawn", "fr": "retirée"},
        "no_longer_needed": {"en": "no longer needed", "fr": "plus nécessaire"},
    }
)

NOW: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "{state}; {asked} asked to help, {carriers} to carry, {offers} offered",
        "fr": "{state} ; aide demandée à {asked}, relais à {carriers}, propositions d’aide : {offers}",
    }
)
# At levels 3 and 4 the author knows the few by name: whether and when each was asked is never told (RULES R8).
NOW_CLOSE: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "{state}; {offers} offered", "fr": "{state} ; propositions d’aide : {offers}"}
)
AGAIN: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "the butler looks again on {when}", "fr": "le majordome y revient le {when}"}
)
# As Unicode's locale data writes patterns.
WHEN: Final[Mapping[str, str]] = MappingProxyType({"en": "d MMMM 'at' HH:mm", "fr": "d MMMM 'à' HH:mm"})
UNTIL: Final[Mapping[str, str]] = MappingProxyType({"en": "until {when}", "fr": "jusqu’au {when}"})
