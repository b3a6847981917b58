# Letters about work: what is wanted of whom and by when, and what no longer counts.
letter-task-assigned-about = a task for you
letter-task-assigned-about-order = please { $order }
letter-task-assigned-happened = Work on this exception came to you on { $at }.
letter-task-assigned-means-yours = The task is yours. The exception waits for it, unless the procedure lets the step lapse.
letter-task-assigned-means-shared = Everyone who holds the role received this letter, and one of you does the work: claim it, so that the others know.
letter-task-assigned-next = Open the exception and do the work{ $by }, or release it for somebody else.
letter-decision-wanted-about = your decision is wanted
letter-decision-wanted-happened = On { $at } you were asked to take part in a decision on this exception.
letter-decision-wanted-happened-again = On { $at } the dossier that you were asked to decide on changed. Earlier links to it decide nothing any more.
letter-decision-wanted-means = The decision stands only when every place of the quorum is filled, each by a different person. You decide on exactly the dossier that you read: any change makes a new dossier and voids the approvals of the old one. Those who requested the exception, benefit from it, edited it or assessed it cannot take part.
letter-decision-wanted-next = Read the dossier, then approve, approve with conditions, ask for changes, or reject with a reason{ $by }.
letter-asked-round = Round { $number }: { $subject }.
letter-asked-tier = Tier: { $tier }.
letter-asked-clauses = It deviates from { $clauses }.
letter-asked-dossier = Dossier: { $dossier }.
letter-asked-days = An approval counts for { $days ->
    [one] 1 day
   *[other] { $days } days
  } while the round is open.
letter-asked-as = You are asked as { $roles }.
letter-subject-end = a later end, { $at }
letter-subject-content = new content, which the record shows beside the present one
letter-subject-initial = the exception as requested{ $term }
letter-subject-re_review = whether it still holds, after a re-review
letter-subject-resume = whether it takes effect again
letter-subject-confirmed = whether its last decision is confirmed
letter-term-until = , until { $at }
letter-term-days = , for { $days ->
    [one] 1 day
   *[other] { $days } days
  }
letter-term-permanent = , without a planned end
letter-control-due-about = a control to confirm
letter-control-due-happened = On { $at } you were asked to confirm a control of this exception.
letter-control-due-means = The exception rests on its controls. One that must stand first holds back its start; one that lapses or fails leads to a re-review or a suspension, as the procedure says.
letter-control-due-next = Check that it is in place and confirm it with evidence{ $by }, or report it as failed. The requester and the beneficiary cannot do this.
letter-reminder-about = reminder: please { $order }
letter-reminder-happened = Work on this exception is still open.
letter-reminder-means = The exception waits for it.
letter-reminder-next = Do the work{ $by }, or release it for somebody else.
letter-expiring-about = its end is near
letter-expiring-happened = Unless somebody acts, this exception loses its effect on { $until }.
letter-expiring-happened-no-effect = This exception has no effect at present.
letter-expiring-means = From then on what it allows is no longer allowed. Nobody has to end it; that happens by itself.
letter-expiring-next = If it is still needed, ask for an extension or see that its re-review is completed: both need a full quorum, and that takes time. Otherwise be ready to stop{ $by }.
letter-escalation-about = work was escalated
letter-escalation-about-late = overdue work was escalated
letter-escalation-happened = Work on this exception was escalated on { $at }.
letter-escalation-means = It has been open for too long, and the exception waits for it. Your role is on the procedure's escalation route.
letter-escalation-next = If the work is yours, do it now or release it. If you answer for the procedure, see that somebody does it.
letter-approval-voided-about = your approval no longer counts
letter-approval-voided-happened = On { $at } your approval in round { $round } was voided, because { $because }.
letter-approval-voided-means = It stays in the record but does not count towards the quorum.
letter-approval-voided-because-dossier_changed = the dossier changed after you approved it
letter-approval-voided-next-dossier_changed = Read the new dossier and decide again.
letter-approval-voided-because-approval_lapsed = the round stayed open for longer than an approval counts
letter-approval-voided-next-approval_lapsed = If you still approve, approve again.
letter-approval-voided-because-review_overdue = its re-review fell due before it took effect
letter-approval-voided-next-review_overdue = Read the dossier again; if you still approve, approve again.
letter-approval-voided-because-round_ended = that round ended
letter-approval-voided-next-round_ended = Open the exception to see how it ended. If it is decided again, you will be asked.
letter-approval-voided-because-same_person = another approval in that round turned out to be given by the same person
letter-approval-voided-next-same_person = Nothing. If that is a mistake, ask those who administer accounts.
letter-approval-voided-because-role_lost = you no longer hold the role by which you gave it, or may no longer take part in this decision
letter-approval-voided-next-role_lost = Nothing. If that is a mistake, ask those who administer roles.
letter-approval-voided-because-changes_requested = another approver asked for changes
letter-approval-voided-next-changes_requested = Nothing for now. When the request comes back, you will be asked again.
letter-approval-voided-because-other = it no longer fits what is decided
letter-approval-voided-next-other = Open the exception to see where the decision stands.
letter-gap-found-about = a rule could not be evaluated
letter-gap-found-happened = On { $at } a case came up that { $sop } does not foresee.
letter-gap-found-means = Such a case neither passes nor ends. It waits for governance to settle it.
letter-gap-found-next = Settle it{ $by }: give a reason and, where the scoring failed, the tier that is to count. Then correct the procedure for the next case.
letter-one-browser-about = one browser for two approvers
letter-one-browser-happened = On { $at } somebody signed in as one approver of this exception in a browser that was signed in as another.
letter-one-browser-means = Two people may share a computer. It may also be one person who decides for two, which the record cannot tell apart.
letter-one-browser-next = Ask both approvers, each by themselves, whether the decision is their own. If it is not, suspend the exception and end their sessions.
