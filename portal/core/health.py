"""Whether the portal is alive, and whether it can reach its database."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.responses import PlainTextResponse

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> PlainTextResponse:
    return PlainTextResponse("alive\n")


@router.get("/readyz")
async def ready(request: Request) -> PlainTextResponse:
    engine: Engine = request.app.state.portal.database.reader
    try:
        await run_in_threadpool(_ask, engine)
    except DBAPIError:
        return PlainTextResponse("The database does not answer.\n", 503, headers={"Retry-After": "5"})
    return PlainTextResponse("ready\n")


def _ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("select 1 from company_setting where 1 = 0")
