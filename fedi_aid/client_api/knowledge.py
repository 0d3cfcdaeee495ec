"""What the engine knows about me, in sentences (PRODUCT S4e)."""

from fedi_aid.actions import knowledge
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.model.knowledge import Section


async def show(call: Call) -> Json:
    """GET /api/v1/fedi_aid/knowledge: what the engine knows about me, in my language; what others keep to
    themselves is left out, and it says so"""
    sections = await call.db.read(knowledge.knowledge, call.member)
    return {"sections": [_section(one) for one in sections]}


def _section(one: Section) -> Json:
    return {
        "name": one.chapter,
        "title": one.title,
        "sentences": list(one.sentences),
        "rows": [
            {
                "text": row.text,
                "account_id": str(row.person_id) if row.person_id else None,
                "status_id": str(row.post_id) if row.post_id else None,
            }
            for row in one.rows
        ],
    }
