//! The commands as routes: one line each, all alike. The order of the list is that of a life.

use actix_web::{HttpResponse, post};

use super::{
    act::{self, Question, act, act_by},
    commands::{
        AddClauses, ApproveBody, AssessBody, Close, Comment, Pass, Plain, ProposeCondition, Recommend, Reject,
        RequestChanges, Resume, Return, Revert, WaiveGate, Withdraw,
    },
    living::{
        Assign, Attest, ConfirmAssessment, ConfirmControl, Detach, Escalate, FailControl, Remind, Reopen,
        RequestExtension, Revoke, Suspend, Unwatch, Watch,
    },
    path::ExceptionPath,
    talk::{LinkBody, link},
    view::ExceptionView,
};
use crate::{
    domain::command::Command,
    web::{call::Call, hand_over, json::Json, problem::Problem},
};

/// Routes that turn a body into a command and answer with the exception.
macro_rules! verbs {
    ($($name:ident $path:literal $body:ident $summary:literal $does:literal |$call:ident| $asked:expr;)+) => {$(
        #[utoipa::path(
            tag = "Commands",
            summary = $summary,
            description = $does,
            params(ExceptionPath),
            request_body(content = $body, description = "What is asked."),
            responses((
                status = 200,
                description = "The exception as the command left it.",
                body = ExceptionView,
                headers(
                    ("ETag" = String, description = "The exception's version."),
                    ("Idempotency-Replayed" = String, description = "`true` if this is the answer to the same request before."),
                ),
            )),
        )]
        #[post($path)]
        #[doc = $summary]
        pub async fn $name($call: Call<Json<$body>>) -> Result<HttpResponse, Problem> {
            $asked.await
        }
    )+};
}

verbs! {
    submit_exception "/v1/exceptions/{id}/submit" Plain "Submit" "Sends a draft or a mended request into its procedure. The gates of the procedure's first step must hold." |call| act_by(call, |_, _| Ok(Command::Submit));
    withdraw_exception "/v1/exceptions/{id}/withdraw" Withdraw "Withdraw" "Takes a request back. This is final." |call| act(call);
    pass_exception "/v1/exceptions/{id}/pass" Pass "Pass" "Finds a request complete, so that it is assessed." |call| act(call);
    return_exception "/v1/exceptions/{id}/return" Return "Return" "Sends a request to the fix queue, with the procedure's reason codes." |call| act(call);
    add_clauses "/v1/exceptions/{id}/add-clauses" AddClauses "Add clauses" "A reviewer or an assessor names more clauses that the request deviates from. They make a new dossier and void approvals of the old one; what is in effect is reopened, and a clause that nobody may waive ends or suspends it at once." |call| act(call);
    assess_exception "/v1/exceptions/{id}/assess" AssessBody "Assess" "Assesses one dimension by the procedure's criteria. The tier is computed from all of them. In a re-review that asks for it, it scores the dimension anew by the newest version's criteria; a higher tier asks for that tier's quorum too." |call| act(call);
    confirm_assessment "/v1/exceptions/{id}/confirm-assessment" ConfirmAssessment "Confirm an assessment" "An assessor confirms in a re-review that a dimension is as it was scored. Whoever does answers for the score, and so does not approve." |call| act(call);
    attest_exception "/v1/exceptions/{id}/attest" Attest "Attest" "The monitoring owner says in a re-review whether the exception is still needed, whether its conditions and controls are kept, and what was observed. Where either is a no, those who decide are told at once, and whoever confirms it all the same says why." |call| act(call);
    comment_exception "/v1/exceptions/{id}/comment" Comment "Comment" "Says something of an exception. It changes no state and no ETag." |call| act(call);
    recommend_exception "/v1/exceptions/{id}/recommend" Recommend "Recommend" "Answers as adviser or stakeholder." |call| act(call);
    approve_exception "/v1/exceptions/{id}/approve" ApproveBody "Approve" "Approves exactly the dossier whose hash is given. Two or more different people must; it needs a person's session, at high and critical tiers with a recent sign-in." |call| act(call);
    reject_exception "/v1/exceptions/{id}/reject" Reject "Reject" "Denies what the open round is about." |call| act(call);
    request_changes "/v1/exceptions/{id}/request-changes" RequestChanges "Request changes" "Sends a request back from decision to be changed." |call| act(call);
    propose_condition "/v1/exceptions/{id}/propose-condition" ProposeCondition "Propose a condition" "Proposes a condition, which makes a new dossier and voids approvals of the old one." |call| act(call);
    accept_conditions "/v1/exceptions/{id}/accept-conditions" Plain "Accept the conditions" "The requester accepts the conditions of a full quorum." |call| act_by(call, |_, _| Ok(Command::AcceptConditions));
    waive_gate "/v1/exceptions/{id}/waive-gate" WaiveGate "Waive a gate" "Waives a gate by the role that the procedure names, or settles a gap of the procedure." |call| act(call);
    confirm_control "/v1/exceptions/{id}/confirm-control" ConfirmControl "Confirm a control" "Confirms that a compensating control is in place, with evidence." |call| act(call);
    fail_control "/v1/exceptions/{id}/fail-control" FailControl "Report a control as failed" "Reports that a control failed; the procedure says what follows." |call| act(call);
    request_extension "/v1/exceptions/{id}/request-extension" RequestExtension "Request an extension" "Asks for a later end, which opens a round of decision." |call| act(call);
    reopen_exception "/v1/exceptions/{id}/reopen" Reopen "Reopen" "Opens a re-review of an exception in effect." |call| act(call);
    suspend_exception "/v1/exceptions/{id}/suspend" Suspend "Suspend" "Takes its effect away for now." |call| act(call);
    resume_exception "/v1/exceptions/{id}/resume" Resume "Resume" "Approves giving its effect back. Two or more different people must; it needs a person's session." |call| act(call);
    revoke_exception "/v1/exceptions/{id}/revoke" Revoke "Revoke" "Takes it away for good. This is final." |call| act(call);
    close_exception "/v1/exceptions/{id}/close" Close "Close" "Ends what is no longer needed. This is final." |call| act(call);
    assign_task "/v1/exceptions/{id}/assign" Assign "Assign a task" "Gives an open task to somebody who may do it, or back to its role." |call| act(call);
    escalate_task "/v1/exceptions/{id}/escalate" Escalate "Escalate a task" "Tells the procedure's escalation route of a task." |call| act(call);
    remind_holders "/v1/exceptions/{id}/remind" Remind "Remind" "Reminds those who have a task." |call| act(call);
    detach_file "/v1/exceptions/{id}/detach" Detach "Take a file out" "Takes an attachment out of what is still being written: a draft, or what was returned. The record says that it was there; its content stays with the record until the retention." |call| act(call);
    link_record "/v1/exceptions/{id}/link" LinkBody "Link a record" "Points to another record: to a ticket or a document by `target`, to another exception by `exception` with the relation `relates` or `supersedes`." |call| link(call);
    watch_exception "/v1/exceptions/{id}/watch" Watch "Watch" "Lets somebody follow an exception: they see it and are told what becomes of it. Of a confidential one, its parties and governance choose who may." |call| act(call);
    unwatch_exception "/v1/exceptions/{id}/unwatch" Unwatch "Stop watching" "Ends that somebody follows an exception: oneself, or another as its party or as governance." |call| act(call);
    revert_exception "/v1/exceptions/{id}/revert" Revert "Revert" "Sets the content back to an earlier version. It may narrow what is covered and never widen it." |call| revert(call);
}

async fn revert(call: Call<Json<Revert>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (find, by, to_version) = (call.target()?, call.by.clone(), sent.body.to_version);
    let earlier = hand_over::read(&call.web.desk, move |desk| desk.content_at(&by, &find, to_version)).await?;
    let command = Command::Revert { to_version, content: Box::new(earlier.request) };
    act::ask(&call, earlier.id, Question { command, openings: Vec::new(), hash: sent.hash }).await
}
