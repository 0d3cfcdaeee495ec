"""What the butler tells somebody of what it knows about them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FACTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": (
            "your friends: {friends}",
            "I may disturb you {budget} a week; in the last seven days: {spent}",
            "your quiet hours: from {quiet_from}:00 to {quiet_until}:00 ({zone})",
            "your posts are at level {level} ({level_name}) unless you say otherwise",
            "requests of your friends: {carry}",
            "what you say you can do: {skills}",
            "your languages: {languages}",
            "flags of yours that are up: {own}; asked of you and unanswered: {waiting}",
            "what I write to you about: {cards}",
        ),
        "fr": (
            "vos ami·es : {friends}",
            "je peux vous déranger {budget} par semaine ; ces sept derniers jours : {spent}",
            "vos heures de silence : de {quiet_from} h à {quiet_until} h ({zone})",
            "vos messages sont au niveau {level} ({level_name}), sauf si vous en décidez autrement",
            "les demandes de vos ami·es : {carry}",
            "ce que vous dites savoir faire : {skills}",
            "vos langues : {languages}",
            "vos drapeaux levés : {own} ; demandes qui attendent votre réponse : {waiting}",
            "ce dont je vous parle : {cards}",
        ),
    }
)

LINES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "never": "not once",
            "carry_ask": "you want to be asked before you carry one",
            "carry_always": "you carry them without being asked",
            "carry_never": "you do not carry them",
            "paused": "I ask nothing of you until {day}",
            "silent": "you asked me to be silent",
        },
        "fr": {
            "never": "pas une fois",
            "carry_ask": "vous voulez qu’on vous demande avant de les relayer",
            "carry_always": "vous les relayez sans qu’on vous le demande",
            "carry_never": "vous ne les relayez pas",
            "paused": "je ne vous demande rien avant le {day}",
            "silent": "vous m’avez demandé de me taire",
        },
    }
)
