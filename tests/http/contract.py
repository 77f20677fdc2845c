"""The published contract, and the part of JSON Schema that it uses.

    contract = Contract(client.get("/openapi.json").json)
    contract.watch(client)        every answer of this client is held against it from now on
    contract.seen                 {(operationId, status, code or None)} of all that was watched
    contract.seen_faults          the codes that stood in `errors`

An answer that is not documented, or whose body has a member too many or too few, is an
AssertionError at the request that got it.
"""
import re
import urllib.parse

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
         "object": dict,
         "null": type(None)}
FORMATS = {"date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
           "date-time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z"}
SILENT = {"description", "default", "format"}  # format is looked at with the type


class Schema:
    def __init__(self, document):
        self.document = document

    def resolve(self, value):
        while "$ref" in value:
            found = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def faults(self, schema, value, at="$"):
        """What is wrong with the value, as sentences."""
        schema = self.resolve(schema)
        found = []
        for keyword, wanted in schema.items():
            if keyword not in SILENT:
                judge = getattr(self, "judge_" + keyword, None)
                if judge is None:
                    raise AssertionError(f"{at}: {keyword} is no keyword of this checker")
                found += judge(wanted, value, at, schema)
        return found

    def judge_type(self, wanted, value, at, schema):
        names = [wanted] if isinstance(wanted, str) else wanted
        fits = any(isinstance(value, TYPES[name])
                   and not (name in ("integer", "number") and isinstance(value, bool))
                   for name in names)
        if not fits:
            return [f"{at}: {value!r} is not of type {wanted}"]
        if isinstance(value,
                      str) and "format" in schema and not re.fullmatch(FORMATS[schema["format"]],
                                                                       value):
            return [f"{at}: {value!r} is no {schema['format']}"]
        return []

    def judge_enum(self, wanted, value, at, _):
        return [] if value in wanted else [f"{at}: {value!r} is none of {wanted}"]

    def judge_const(self, wanted, value, at, _):
        return [] if value == wanted else [f"{at}: {value!r} is not {wanted!r}"]

    def judge_pattern(self, wanted, value, at, _):
        fits = not isinstance(value, str) or re.search(wanted, value)
        return [] if fits else [f"{at}: {value!r} does not match {wanted}"]

    def judge_minimum(self, wanted, value, at, _):
        return [f"{at}: {value} is under {wanted}"] if isinstance(value,
                                                                  int) and value < wanted else []

    def judge_maximum(self, wanted, value, at, _):
        return [f"{at}: {value} is over {wanted}"] if isinstance(value,
                                                                 int) and value > wanted else []

    def judge_minLength(self, wanted, value, at, _):
        return [f"{at}: shorter than {wanted}"] if isinstance(value,
                                                              str) and len(value) < wanted else []

    def judge_maxLength(self, wanted, value, at, _):
        return [f"{at}: longer than {wanted}"] if isinstance(value,
                                                             str) and len(value) > wanted else []

    def judge_minItems(self, wanted, value, at, _):
        return [f"{at}: fewer than {wanted}"] if isinstance(value,
                                                            list) and len(value) < wanted else []

    def judge_maxItems(self, wanted, value, at, _):
        return [f"{at}: more than {wanted}"] if isinstance(value,
                                                           list) and len(value) > wanted else []

    def judge_uniqueItems(self, _, value, at, __):
        twice = isinstance(value, list) and len({repr(item) for item in value}) < len(value)
        return [f"{at}: an item twice"] if twice else []

    def judge_items(self, wanted, value, at, _):
        if not isinstance(value, list):
            return []
        return [fault for i, item in enumerate(value)
                for fault in self.faults(wanted, item, f"{at}[{i}]")]

    def judge_required(self, wanted, value, at, _):
        if not isinstance(value, dict):
            return []
        return [f"{at}: {name} is missing" for name in wanted if name not in value]

    def judge_properties(self, wanted, value, at, _):
        if not isinstance(value, dict):
            return []
        return [fault for name, member in value.items() if name in wanted
                for fault in self.faults(wanted[name], member, f"{at}.{name}")]

    def judge_additionalProperties(self, wanted, value, at, schema):
        if wanted is not False:
            raise AssertionError(f"{at}: additionalProperties other than false")
        if not isinstance(value, dict):
            return []
        return [f"{at}: {name} is not documented"
                for name in value if name not in schema["properties"]]

    def judge_allOf(self, wanted, value, at, _):
        return [fault for one in wanted for fault in self.faults(one, value, at)]

    def judge_anyOf(self, wanted, value, at, _):
        each = [self.faults(one, value, at) for one in wanted]
        return [] if [] in each else min(each, key=len)

    def judge_oneOf(self, wanted, value, at, _):
        each = [self.faults(one, value, at) for one in wanted]
        fitting = each.count([])
        return [] if fitting == 1 else min(each, key=len) or [f"{at}: fits {fitting} forms"]


class Contract:
    def __init__(self, document):
        self.document, self.schema = document, Schema(document)
        self.operations, self.forms = {}, []
        self.seen, self.seen_faults = set(), set()
        for path, methods in document["paths"].items():
            # A word stands before a parameter: /lines/counts is no line.
            form = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method.upper(), path, operation)
                self.forms.append(("{" in path, form, method.upper(), operation))
        self.forms.sort(key=lambda form: form[0])

    def operation(self, method, path):
        """None: no such method and path."""
        path = urllib.parse.urlsplit(path).path
        for _, form, known, operation in self.forms:
            if form.fullmatch(path) and known == method:
                return operation
        return None

    def responses(self, operation):
        return {status: self.schema.resolve(one) for status, one in operation["responses"].items()}

    def codes(self, response):
        """The codes that a documented problem may have; {None} where it is none."""
        content = response.get("content", {}).get("application/problem+json")
        if content is None:
            return {None}
        return self.codes_of(self.schema.resolve(content["schema"]))

    def codes_of(self, schema):
        if "anyOf" in schema:
            return set().union(*(self.codes_of(self.schema.resolve(one))
                                 for one in schema["anyOf"]))
        code = schema.get("properties", {}).get("code") or schema["allOf"][1]["properties"]["code"]
        return set(code["enum"])

    def hold(self, method, path, answer):
        operation = self.operation("GET" if method == "HEAD" else method, path)
        if operation is None:
            if answer.status not in (204, 404, 405) and answer.status < 400:
                raise AssertionError(f"{method} {path}: {answer.status}, but it is not documented")
            return
        name = f"{operation['operationId']} {answer.status}"
        responses = self.responses(operation)
        status = str(answer.status)
        response = responses.get(status)
        code = answer.json.get("code") if answer.status >= 400 and answer.body else None
        if response is None or (answer.status >= 400 and answer.body
                                and code not in self.codes(response)):
            # Faults of the HTTP layer, of any request: their codes are those of no operation's own.
            if answer.status < 400 or any(code in self.codes(one) for key, one in responses.items()
                                          if key != "default" and None not in self.codes(one)):
                raise AssertionError(f"{name} {code} is not documented")
            response = responses["default"]
        self.hold_headers(name, response, answer)
        if method != "HEAD":
            self.hold_body(name, response, answer)
        self.seen.add((operation["operationId"], answer.status, code))
        if code is not None:
            self.seen_faults |= {fault["code"] for fault in answer.json["errors"]}

    def hold_headers(self, name, response, answer):
        for header, described in response.get("headers", {}).items():
            described = self.schema.resolve(described)
            value = answer.headers.get(header.lower())
            if value is None and described.get("required"):
                raise AssertionError(f"{name}: no {header}")
            faults = [] if value is None else self.schema.faults(described["schema"], value, header)
            if faults:
                raise AssertionError(f"{name}: {faults}")

    def hold_body(self, name, response, answer):
        content = response.get("content")
        if content is None:
            if answer.body:
                raise AssertionError(f"{name}: a body, but none is documented")
            return
        (media, described), = content.items()
        if answer.headers.get("content-type") != media:
            raise AssertionError(f"{name}: {answer.headers.get('content-type')} is not {media}")
        if "schema" not in described:  # a file
            return
        faults = self.schema.faults(described["schema"], answer.json)
        if faults:
            raise AssertionError(f"{name}: {faults[:5]}")
        if answer.status >= 400 and answer.json["status"] != answer.status:
            raise AssertionError(f"{name}: status {answer.json['status']} in the body")

    def watch(self, client):
        unwatched = client.request

        def request(method, path, *rest, **more):
            answer = unwatched(method, path, *rest, **more)
            self.hold(method, path if path.startswith("/api/") else "/api/v1" + path, answer)
            return answer
        client.request = request
        return client
