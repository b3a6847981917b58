# Mails about no letter of an exception: a delegation, a digest, a code, an endpoint.
letter-delegated-about = You may act in an approver's place
letter-delegated-happened = An approver named you to act in their place.
letter-delegated-means = What you decide for them fills their place in a quorum, and you are the person who acts: nobody fills two places of one decision. You cannot pass it on, and what you requested, benefit from or assessed you still cannot decide.
letter-delegated-next = Nothing now. While it lasts, look at what waits for them, and say for whom you act when you decide.
letter-delegated-happened-named = { $name } lets you act in their place, from { $from } until { $until }.
letter-list-places = The places in quorums that they have now
letter-because-named = You receive this because somebody named you.
letter-digest-subject = Your digest: { $count ->
    [one] 1 letter
   *[other] { $count } letters
  }
letter-digest-heading = Since the last digest
letter-digest-open = Read them here
letter-digest-because = You receive this because you asked for a digest in your preferences. It was sent automatically; replies are not read.
letter-code-subject = [{ $number }] your code
letter-code-code = { $code } is the code for your decision on { $number }. It is good for ten minutes, and once.
letter-code-warning = Type it on the page where you asked for it, and tell it to nobody. If you did not ask for it, do nothing.
letter-endpoint-subject = The endpoint at { $host } gets no more events
letter-endpoint-happened = The endpoint at { $host } gets no more events: { $why }.
letter-endpoint-next = Look at its deliveries (proviso webhook deliveries), mend it, and enable it again (proviso webhook enable). What it missed meanwhile can be replayed.
letter-endpoint-asked = somebody disabled it
letter-endpoint-gone = it answered that it is gone (410)
letter-endpoint-exhausted = ten tries over three days failed for one event
letter-endpoint-silent = every try of five days failed
letter-endpoint-owner_left = who answered for it has left
letter-over-budget-about = Over budget: { $clause } in { $unit }
letter-over-budget-happened = Under { $sop }, more exceptions from { $clause } are in effect in { $unit } than the procedure tolerates.
letter-over-budget-means = The rule may be wrong, not the teams. Nothing is blocked: requests go on, and each says that the budget is used up.
letter-over-budget-next = Look at the exceptions and say in writing what follows: another rule, another budget, or that it stays so.
letter-sop-review-about = Review of the procedure { $sop }
letter-sop-review-happened = The procedure { $sop } is past its review, or its own figures rise.
letter-sop-review-means = It goes on as it is until a next version is published.
letter-sop-review-next = Look at it. Publish a next version, or say in writing why it stays as it is.
letter-list-figures = What was counted
letter-concern-open = Look at it and answer
letter-concern-because = You receive this because you hold the role { $role }.
letter-batch-refused-about = Stopped by itself: { $batch }
letter-batch-refused-happened = Of { $dealt } exceptions that it came to, the rules refused { $refused } a re-review, so that they were suspended. That is more than the { $percent } percent that the procedure tolerates.
letter-batch-refused-means = It does nothing more. Exceptions that it has still to come to: { $left }. They stay in effect meanwhile, and nothing gives back what was suspended but its quorum.
letter-batch-refused-next = Look at what was refused and at the preview of what is left. Then let it go on, or take it back; either takes two people.
letter-batch-held-about = Stopped: { $batch }
letter-batch-held-happened = Somebody stopped this automatic change of exceptions. Why stands on its page.
letter-batch-held-means = It does nothing more. Exceptions that it has still to come to: { $left }. They stay in effect meanwhile.
letter-batch-held-next = Look at the preview of what is left. Then let it go on, or take it back; either takes two people.
letter-batch-open = Look at it
