"""PDFs from HTML: accessible (PDF/UA-1), the same bytes for the same input, and nothing fetched."""

from __future__ import annotations


def from_html(html: str, css: str) -> bytes:
    """The document as PDF/UA-1. Only `data:` addresses are read; any other picture or font is left out."""
    # Importing it takes two seconds, which only a process that writes a PDF should spend.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    style = CSS(string=css, url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=html, url_fetcher=fetcher, base_url=None)
    written = document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    assert isinstance(written, bytes)  # without a target the file is returned
    return written
