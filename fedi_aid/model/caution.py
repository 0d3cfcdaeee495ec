"""What is shown with care: words of somebody whom the reader does not know, brought by a friend (C14).

A friend's account can be stolen, and a request for help is what a swindler would write. So what was carried
has no links that open, and where it speaks of money the reader is told so, in a line of ours.
"""

import re
import unicodedata
from html import escape
from typing import Final, Literal

Language = Literal["en", "fr"]

# Without accents, in small letters; French and English. One too many does no harm: it only asks for care.
_WORDS: Final = frozenset(
    """
    money cash euro euros eur dollar dollars usd pound pounds gbp bank banks iban bic swift transfer
    loan loans lend borrow pay payment paypal venmo cashapp revolut moneygram bitcoin btc crypto
    ethereum usdt wallet voucher vouchers giftcard giftcards donate donation donations fundraiser
    gofundme crowdfunding refund rent argent fric thune espece especes banque virement mandat pret
    prets preter emprunt emprunter payer paye paiement rembourser don dons cagnotte leetchi lydia
    wero paylib coupon coupons transcash neosurf loyer cheque portefeuille
    """.split()
)
_PHRASES: Final = (
    *("western union", "gift card", "gift cards", "credit card", "bank card", "carte bancaire"),
    *("carte cadeau", "cartes cadeaux", "mandat cash"),
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_AMOUNT: Final = re.compile(r"[€$£¥₿]")
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
_LINK: Final = re.compile(r"</?a(?:\s[^<>]*)?>")
_HIDING: Final = re.compile(r' class="[^"<>]*\b(?:invisible|ellipsis)\b[^"<>]*"')
_LINES: Final[dict[Language, tuple[str, str, str]]] = {
    "en": (
        "{author} is not somebody you know: {friend} passed this on. Links are switched off.",
        "It speaks of money. Talk to {friend} before you pay, lend or give a number to anybody.",
        "So far only {friend} vouches for it: the author's server has not been asked yet. What you answer "
        "waits here until it has, for some hours, and is then sent.",
    ),
    "fr": (
        "Vous ne connaissez pas {author} : c'est {friend} qui vous le transmet. Les liens sont désactivés.",
        "Il y est question d'argent. Parlez-en à {friend} avant de payer, prêter ou donner un numéro.",
        "Pour l'instant il n'y a que {friend} pour s'en porter garant : le serveur de l'auteur n'a pas "
        "encore été interrogé. Votre réponse attend ici jusque-là, quelques heures, puis part.",
    ),
}


def speaks_of_money(text: str) -> bool:
    """Whether a text, in French or English, has a word, a sign or a number that belongs to money."""
    if _AMOUNT.search(text) or _IBAN.search(text):
        return True
    unaccented = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    words = [word.lower() for word in _WORD.findall(unaccented)]
    if not _WORDS.isdisjoint(words):
        return True
    line = f" {' '.join(words)} "
    return any(f" {phrase} " in line for phrase in _PHRASES)


def without_links(html: str) -> str:
    """Sanitised HTML with the words of its links and nothing that opens; what a link hid is shown."""
    return _HIDING.sub("", _LINK.sub("", html))


def with_care(
    html: str, text: str, *, author: str, friend: str, language: Language, vouched: bool = False
) -> str:
    """How a carried post is shown: its words, then ours. `html` is sanitised, `text` the same as text;
    `vouched`: nobody has checked yet that its author wrote it (RULES R20)."""
    unknown, money, unproven = _LINES[language]
    said = ((unknown, True), (unproven, vouched), (money, speaks_of_money(text)))
    lines = [line for line, holds in said if holds]
    told = " ".join(line.format(author=author, friend=friend) for line in lines)
    return f"{without_links(html)}<p>⚠ {escape(told, quote=False)}</p>"
