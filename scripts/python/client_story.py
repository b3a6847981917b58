"""A request from draft to active through the client generated for Python: PYTHONPATH names the client."""

import os

import proviso_client as api

AT = os.environ["PROVISO_AT"]
PASSWORD = "try proviso today"
# Whoever may assess: the person, and the points they give for each criterion of the procedure.
ASSESSORS = {
    "assess:privacy": ("priya", "privacy", {"sensitivity": 1, "volume": 1, "legal_basis": 1, "transfer": 1}),
    "assess:security": ("sam", "security", {"exposure": 1, "data_loss": 1, "integration": 1, "vendor_assurance": 1}),
}


def signed_in(name):
    """A client in somebody's session."""
    client = api.ApiClient(api.Configuration(host=AT))
    client.set_default_header("Origin", AT)
    credentials = api.SignIn(email=f"{name}@example.com", password=PASSWORD)
    # The answer has two cookies, and the headers that the client makes of it keep one of a name alone.
    answer = api.SessionsApi(client).create_session_without_preload_content(credentials)
    [client.cookie] = [one.split(";")[0] for one in answer.headers.getlist("set-cookie") if one.startswith("proviso=")]
    return client


def request(questions):
    """A request that the procedure `standard` finds complete."""
    scope = api.ExceptionScope(
        systems=[api.System(name="Example LLM", vendor="Example Corp")],
        purpose="Summaries for the agent who answers the ticket",
        data_classes=[api.DataClass.INTERNAL],
        groups=["support-agents"],
        actions=["summarise"],
        business_unit="service",
        regions=["eu"],
    )
    return api.Request(
        title="Summaries of support tickets by a hosted model",
        kind=api.Kind.AI_USAGE,
        clauses=["AIP-2.1"],
        justification="Agents read four hundred tickets a day in nine languages; summaries halve the time to the "
        "first answer, which is eleven hours today.",
        alternatives="The approved assistant was tried for two weeks; it cuts off after a page and does not know "
        "two of our languages.",
        scope=scope,
        duration_days=90,
        impact_if_denied="Answers stay slow; customers wait a day longer.",
        affected_teams=["support"],
        screening={question: False for question in questions},
    )


def refused_to(client, number, dossier):
    """Who asked does not decide: a problem with a stable code."""
    try:
        api.CommandsApi(client).approve_exception(number, api.ApproveBody(dossier=dossier))
    except api.ApiException as refused:
        return api.Problem.from_json(refused.body).code
    raise SystemExit("the requester approved")


def main():
    rita, rosa, boris, carla = map(signed_in, ["rita", "rosa", "boris", "carla"])
    questions = ["harmful_manipulation", "emotion_inference", "social_scoring", "biometric_categorisation"]
    drafted = api.ExceptionsApi(rita).draft_exception(request=request(questions))
    number = drafted.number
    submitted = api.CommandsApi(rita).submit_exception(number, idempotency_key=f"submit-{number}")
    assert submitted.state == api.State.COMPLETENESS_REVIEW, submitted.returned
    api.CommandsApi(rosa).pass_exception(number)
    for task in api.ExceptionsApi(rosa).list_exception_tasks(number).items:
        who, dimension, points = ASSESSORS[task.key]
        body = api.AssessBody(dimension=api.Dimension(dimension), points=points)
        api.CommandsApi(signed_in(who)).assess_exception(number, body)
    dossier = api.ExceptionsApi(boris).get_dossier(number).hash
    assert refused_to(rita, number, dossier)
    states = [
        api.CommandsApi(approver).approve_exception(number, api.ApproveBody(dossier=dossier)).state
        for approver in (boris, carla)
    ]
    assert states == [api.State.DECISION, api.State.ACTIVE], states
    found = api.ExceptionsApi(rita).list_exceptions(state="active", q="tickets")
    assert number in [row.number for row in found.items]
    print(f"Python: {number} is {states[-1].value}")


if __name__ == "__main__":
    main()
