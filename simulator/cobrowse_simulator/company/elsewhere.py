"""Another company's site: where customers go who leave the bank's (SITE-1).  It knows nothing of co-browsing."""

from quart import render_template, request
from quart_trio import QuartTrio

from .web import new_app


def create_elsewhere(bank: str, office: str) -> QuartTrio:
    """The other site as an application."""

    def headers() -> dict[str, str]:
        directives = f"default-src 'none'; style-src 'self'; frame-ancestors {office}; base-uri 'none'"
        return {"Content-Security-Policy": directives}

    app = new_app(__name__, headers)

    @app.get("/")
    async def home() -> str:
        return await render_template("elsewhere.html", bank=bank)

    @app.get("/back")
    async def back() -> tuple[str, int, dict[str, str]]:
        """A link of this site that leads straight back to the bank."""
        target = request.args.get("to", "/")
        path = target if target.startswith("/") and not target.startswith("//") else "/"
        return "", 302, {"Location": bank + path}

    return app
