"""The floor: a page of the same size from memory, by FastAPI and Jinja2 alone. Run by the benchmark.

``python -m tests.bench.floor PORT BYTES``
"""

import sys

import jinja2
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

ROWS = 20
TEMPLATE = """<!doctype html><title>{{ title }}</title><ol>
{% for row in rows %}<li><a href="/{{ row.id }}">{{ row.title }}</a> {{ row.author }} <p>{{ row.body }}</p></li>
{% endfor %}</ol>"""


def main(port: int, size: int) -> None:
    environment = jinja2.Environment(autoescape=True)
    template = environment.from_string(TEMPLATE)
    body = "x" * max(1, size // ROWS - 60)
    rows = [{"id": number, "title": "A title", "author": "Mara", "body": body} for number in range(ROWS)]
    app = FastAPI(openapi_url=None)

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(template.render(title="The floor", rows=rows))

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
