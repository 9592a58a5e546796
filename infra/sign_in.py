"""How a person gets into Studio with an IAM identity: a policy that the account's administrator attaches to people."""

from __future__ import annotations

from constructs import Construct

from infra.domain import Domain
from infra.network import NetworkIds
from infra.part import Part
from infra.statements import document
from infra.studio_grants import open_studio

MEMBER = "homeostat-member"
"""Tag of a person's session or role that holds the member's name, where people sign in by federation."""


class SignIn(Part):
    """A managed policy that opens the profile named like the IAM user, or like the tag of a federated session.

    No role of the team carries it: it is for the identities that people have outside of Studio. There is none with
    SSO, where IAM Identity Center knows who may open which profile.
    """

    def __init__(self, scope: Construct, id: str, domain: Domain, *, network: NetworkIds) -> None:
        super().__init__(scope, id, domain.tenant)
        members = [f"${{aws:PrincipalTag/{MEMBER}}}", "${aws:username}"]
        profiles = [self.arns.of("sagemaker", f"user-profile/{domain.id}/{member}") for member in members]
        statements = open_studio(self.tenant, profiles, network.vpc)
        if statements:
            self.add(
                "Policy",
                "AWS::IAM::ManagedPolicy",
                {
                    "ManagedPolicyName": f"{self.names.prefix}-sign-in",
                    "Description": f"Open the own profile in Studio of {self.names.prefix}",
                    "PolicyDocument": document(statements),
                },
            )
