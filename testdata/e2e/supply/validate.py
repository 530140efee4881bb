"""Validates documents by their formats' own tools: validate.py FILE…

*.spdx.json is SPDX 2.3, *.cdx.json CycloneDX 1.6, *.intoto.json an in-toto Statement
v1 with SLSA's provenance v1. The exit status is 1 if one of them is not valid.
"""

import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def spdx(text):
    document = JsonLikeDictParser().parse(json.loads(text))
    for message in validate_full_spdx_document(document, "SPDX-2.3"):
        yield message.validation_message


def cyclonedx(text):
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        yield str(error)


def provenance(text):
    # Fields that the formats do not have are errors here.
    statement = Statement.copy_from_pb(json_format.Parse(text, statement_pb2.Statement()))
    statement.validate()
    if statement.pb.predicate_type != "https://slsa.dev/provenance/v1":
        yield "its predicate is " + statement.pb.predicate_type
    said = json_format.ParseDict(json.loads(text)["predicate"], provenance_pb2.Provenance())
    if not said.build_definition.build_type or not said.run_details.builder.id:
        yield "build type and builder are both needed"
    for dependency in said.build_definition.resolved_dependencies:
        if not dependency.digest["sha256"]:
            yield dependency.name + " has no digest"


FORMS = {".spdx.json": spdx, ".cdx.json": cyclonedx, ".intoto.json": provenance}

faults = 0
for name in sys.argv[1:]:
    [form] = [form for end, form in FORMS.items() if name.endswith(end)]
    with open(name, encoding="utf-8") as file:
        for fault in form(file.read()):
            faults += 1
            print(f"{name}: {fault}", file=sys.stderr)
sys.exit(1 if faults else 0)
