"""CloudFormation in small: a template's text to IAM roles, enough for the customer's click."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.identities import Role
from finops_sandbox.aws.policies import as_list
from finops_sandbox.world.chance import token

Template = Mapping[str, Any]
Value = Any
# Anything a template may hold.
NOTHING = object()
# What AWS::NoValue stands for: the property is left out.


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions (!Ref, !Sub, !GetAtt, ...)."""


def _short_function(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


_TemplateLoader.add_multi_constructor("!", _short_function)
# Versions like 2012-10-17 are texts in policies, not dates.
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_template(text: str) -> Template:
    """The template of a YAML or JSON text.

    Raises:
        AwsError: it is neither, or has no resources.
    """
    try:
        # A subclass of SafeLoader: it constructs plain values only.
        template = yaml.load(text, Loader=_TemplateLoader)
    except yaml.YAMLError as error:
        raise AwsError("ValidationError", f"Template format error: {error}") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise AwsError("ValidationError", "Template format error: no Resources section")
    return template


@dataclass(frozen=True)
class Stack:
    """A finished stack: its roles and its outputs."""

    id: str
    name: str
    account: str
    roles: tuple[Role, ...]
    outputs: Mapping[str, Any]


def create_stack(
    account: str, name: str, template: Template, parameters: Mapping[str, str]
) -> Stack:
    """The roles and outputs the template makes in the account.

    Raises:
        AwsError: a parameter is missing, or a resource is not of IAM.
    """
    return _Builder(account, name, template, parameters).build()


class _Builder:
    def __init__(
        self, account: str, name: str, template: Template, parameters: Mapping[str, str]
    ) -> None:
        self.account = account
        self.name = name
        self.template = template
        self.id = f"arn:aws:cloudformation:us-east-1:{account}:stack/{name}/{token(account, name)}"
        self.values: dict[str, Any] = {
            "AWS::AccountId": account,
            "AWS::Partition": "aws",
            "AWS::Region": "us-east-1",
            "AWS::StackId": self.id,
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NOTHING,
            **self._parameters(parameters),
        }
        self.arns: dict[str, str] = {}

    def build(self) -> Stack:
        resources = {
            logical: resource
            for logical, resource in self.template["Resources"].items()
            if self._wanted(resource)
        }
        self._check_types(resources)
        for logical, resource in resources.items():
            self._name(logical, resource)
        roles = tuple(
            self._role(logical, resource, resources)
            for logical, resource in resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        )
        outputs = {
            key: self._resolve(output["Value"])
            for key, output in self.template.get("Outputs", {}).items()
            if self._wanted(output)
        }
        return Stack(self.id, self.name, self.account, roles, outputs)

    def _parameters(self, given: Mapping[str, str]) -> dict[str, Any]:
        declared = self.template.get("Parameters", {})
        unknown = set(given) - set(declared)
        if unknown:
            raise AwsError("ValidationError", f"Parameters {sorted(unknown)} do not exist")
        values = {key: given.get(key, about.get("Default")) for key, about in declared.items()}
        missing = [key for key, value in values.items() if value is None]
        if missing:
            raise AwsError("ValidationError", f"Parameters {missing} must have values")
        lists = {k for k, about in declared.items() if about["Type"] == "CommaDelimitedList"}
        return {k: v.split(",") if k in lists else v for k, v in values.items()}

    def _check_types(self, resources: Mapping[str, Any]) -> None:
        known = {"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}
        strange = sorted({resource["Type"] for resource in resources.values()} - known)
        if strange:
            raise AwsError("ValidationError", f"The simulator makes no {', '.join(strange)}")

    def _wanted(self, part: Mapping[str, Any]) -> bool:
        return "Condition" not in part or self._condition(part["Condition"])

    def _condition(self, name: str) -> bool:
        return bool(self._resolve(self.template["Conditions"][name]))

    def _name(self, logical: str, resource: Mapping[str, Any]) -> None:
        properties = resource.get("Properties", {})
        kind = "role" if resource["Type"] == "AWS::IAM::Role" else "policy"
        given = properties.get("RoleName" if kind == "role" else "ManagedPolicyName")
        resolved = self._resolve(given) if given is not None else NOTHING
        made = f"{self.name}-{logical}-{token(self.id, logical, length=12).upper()}"
        name = made if resolved is NOTHING else str(resolved)
        path = str(self._resolve(properties.get("Path", "/")))
        self.arns[logical] = f"arn:aws:iam::{self.account}:{kind}{path}{name}"
        self.values[logical] = name if kind == "role" else self.arns[logical]

    def _role(
        self, logical: str, resource: Mapping[str, Any], resources: Mapping[str, Any]
    ) -> Role:
        properties = self._resolve(resource.get("Properties", {}))
        inline = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        wanted = as_list(properties.get("ManagedPolicyArns", []))
        for other, candidate in resources.items():
            if candidate["Type"] != "AWS::IAM::Role":
                details = self._resolve(candidate["Properties"])
                if self.arns[other] in wanted or self.values[logical] in details.get("Roles", []):
                    inline.append(details["PolicyDocument"])
        return Role(
            account=self.account,
            name=self.values[logical],
            path=properties.get("Path", "/"),
            trust=properties["AssumeRolePolicyDocument"],
            policies=tuple(inline),
            max_session_seconds=int(properties.get("MaxSessionDuration", 3600)),
        )

    def _resolve(self, value: Value) -> Value:
        if isinstance(value, list):
            return [r for item in value if (r := self._resolve(item)) is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function in {"Ref", "Condition"} or function.startswith("Fn::"):
                return self._call(function, argument)
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NOTHING}

    def _call(self, function: str, argument: Value) -> Value:
        known: dict[str, Callable[[Value], Value]] = {
            "Ref": self._value,
            "Condition": self._condition,
            "Fn::Sub": self._substitute,
            "Fn::GetAtt": lambda given: self.arns[given[0]],
            "Fn::Join": lambda given: str(given[0]).join(map(str, self._resolve(given[1]))),
            "Fn::If": lambda given: self._resolve(given[1 if self._condition(given[0]) else 2]),
            "Fn::Equals": lambda given: self._resolve(given[0]) == self._resolve(given[1]),
            "Fn::Not": lambda given: not self._resolve(given[0]),
            "Fn::And": lambda given: all(self._resolve(item) for item in given),
            "Fn::Or": lambda given: any(self._resolve(item) for item in given),
            "Fn::Select": lambda given: self._resolve(given[1])[int(given[0])],
            "Fn::Split": lambda given: str(self._resolve(given[1])).split(given[0]),
        }
        if function not in known:
            raise AwsError("ValidationError", f"The simulator does not know {function}")
        return known[function](argument)

    def _value(self, name: str) -> Value:
        if name not in self.values:
            raise AwsError("ValidationError", f"Unresolved resource dependency {name}")
        return self.values[name]

    def _substitute(self, argument: Value) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument
        local = {key: self._resolve(value) for key, value in extra.items()}

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name.endswith(".Arn"):
                return self.arns[name.removesuffix(".Arn")]
            return str(local[name] if name in local else self._value(name))

        return re.sub(r"\$\{([^!}]+)\}", replaced, text).replace("${!", "${")


def template_text(template: object) -> str:
    """The text of a template that came as JSON or as text."""
    return template if isinstance(template, str) else json.dumps(template)
