"""What the operator would refuse in a template is found before anything changes."""

from __future__ import annotations

import json

import pytest

from infisical.template.syntax import problems, reference

FIELDS = ("USER", "PASSWORD", "tls.crt")


@pytest.mark.parametrize(
    "template",
    [
        "",
        "no action, } and { alone, and }}",
        "{{ .USER }}{{.PASSWORD}}{{- .USER -}}",
        "{{/* comment }} */}}",
        "{{- /* comment */ -}}",
        '{{ index . "tls.crt" | quote }}',
        '{{ if and .USER (ne .PASSWORD "x") }}a{{ else if .USER }}b{{ else }}c{{ end }}',
        "{{ with .USER }}{{ . }}{{ .anything }}{{ $.PASSWORD }}{{ else }}{{ .PASSWORD }}{{ end }}",
        "{{ range $key, $value := . }}{{ $key }}={{ $value | b64enc }}\n{{ break }}{{ end }}",
        '{{ $user := .USER }}{{ $user = "x" }}{{ $user }}',
        '{{ (fromJson .USER).name.first }}{{ "}}" }}{{ `}}` }}',
        "{{ 1 | add 0x1F 1.5 -2 }}{{ 'a' }}{{ true }}",
        '{{ define "x" }}{{ .any }}{{ end }}{{ template "x" . }}',
    ],
)
def test_a_valid_template_has_no_problem(template: str) -> None:
    assert problems(template, FIELDS) == []


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ .USER", "the action `{{ .USER` is not closed by '}}'"),
        ('{{ "open }}', "is not closed by '}}'"),
        ("{{ .USER } }}", "has an unexpected character '}'"),
        ("{{ }}", "an action `{{ }}` is empty"),
        ("{{ (.USER }}", "has a parenthesis without its counterpart"),
        ("{{ .USER) }}", "has a parenthesis without its counterpart"),
        ("{{ .USER | }}", "has no command next to '|'"),
        ("{{ end }}", "`{{ end }}` ends no block"),
        ("{{ else }}", "`{{ else }}` is in no `if`, `with` or `range`"),
        ("{{ if .USER }}", "`{{ if … }}` has no `{{ end }}`"),
        ("{{ break }}", "`{{ break }}` is in no `range`"),
        ("{{ .USER | b64encode }}", "the unknown function b64encode; did you mean b64enc?"),
        ('{{ getHostByName "a" }}', "which not every release of the operator has (removed in v2.3.0)"),
        ("{{ .ABSENT }}", "the field ABSENT, which no key provides"),
        ("{{ $.ABSENT.more }}", "the field ABSENT, which no key provides"),
        ('{{ index . "tls.key" }}', "the field tls.key, which no key provides"),
        ("{{ if .USER }}{{ .ABSENT }}{{ end }}", "the field ABSENT, which no key provides"),
    ],
)
def test_an_invalid_template_is_one_problem(template: str, problem: str) -> None:
    (found,) = problems(template, FIELDS)

    assert problem in found


@pytest.mark.parametrize("name", ["USER", "tls.crt", "1st", "a-b"])
def test_a_reference_to_a_field_is_valid(name: str) -> None:
    template = f"{{{{ {reference(name)} }}}}"

    assert problems(template, [name]) == []
    assert problems(template, []) == [f"the field {name}, which no key provides"], json.dumps(template)
