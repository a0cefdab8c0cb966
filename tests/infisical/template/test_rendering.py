"""A template is rendered as the operator renders it, or not at all."""

from __future__ import annotations

import pytest

from infisical.template.rendering import Failed, NotRenderable, render

VALUES = {"USER": "admin", "PASSWORD": 'p&"s<s w/ü', "tls.crt": "PEM\n", "ENCODED": "aGVsbG8="}


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("plain", "plain"),
        ("{{ .USER }}:x", "admin:x"),
        ("a {{- .USER -}} \n b", "aadminb"),
        ("{{/* a comment */}}{{ .USER }}", "admin"),
        ('{{ index . "tls.crt" }}', "PEM\n"),
        ("{{ $.USER }}", "admin"),
        ("{{ .USER | upper | b64enc }}", "QURNSU4="),
        ("{{ .ENCODED | b64dec }}", "hello"),
        ("{{ .USER | quote }} {{ .USER | squote }}", "\"admin\" 'admin'"),
        ("{{ .PASSWORD | toJson }}", '"p\\u0026\\"s\\u003cs w/ü"'),
        ('{{ .PASSWORD | urlquery | replace "+" "%20" }}', "p%26%22s%3Cs%20w%2F%C3%BC"),
        ('{{ printf "%s:%s%%" .USER .ENCODED }}', "admin:aGVsbG8=%"),
        ('{{ printf "%s:%s" .USER (.ENCODED | b64dec) | b64enc }}', "YWRtaW46aGVsbG8="),
        ('{{ "{{" }} .x }}', "{{ .x }}"),
        ("{{ ` a ` | trim }}", "a"),
        ("{{ (print .USER) }}", "admin"),
        ('{{ default "x" .USER }}', "admin"),
    ],
)
def test_a_simple_template_is_rendered(template: str, rendered: str) -> None:
    assert render(template, VALUES) == rendered


@pytest.mark.parametrize(
    "template",
    [
        "{{ if .USER }}a{{ end }}",
        "{{ range $key, $value := . }}{{ $key }}{{ end }}",
        "{{ .USER | sha1sum }}",
        "{{ len .USER }}",
        "{{ $user := .USER }}",
        "{{ .USER | upper .USER }}",
        "{{ . }}",
        '{{ "\\x41" }}',
    ],
)
def test_any_other_template_is_not_rendered(template: str) -> None:
    with pytest.raises(NotRenderable):
        render(template, VALUES)


def test_a_field_without_a_value_fails_as_in_the_operator() -> None:
    with pytest.raises(Failed, match="the field ABSENT has no value"):
        render("{{ .ABSENT }}", VALUES)
