# Was jeden Brief umgibt, und warum ihn jemand bekommt.
letter-to-do = Was zu tun ist: { $next }
letter-open = Die Ausnahme öffnen
letter-decide = Hier entscheiden
letter-service = Proviso öffnen
letter-rule = Die Regel dahinter: { $rule }
letter-automatic = Sie wurde automatisch versandt; Antworten liest niemand.
letter-confidential = (vertraulich)
letter-confidential-text = (vertraulich: der Text steht in der Akte)
letter-erased = (gelöscht)
letter-untitled = (ohne Titel)
letter-ends = endet
letter-review = erneute Prüfung fällig
letter-because-approver = Sie erhalten diese Nachricht, weil Sie diesen Antrag genehmigt haben.
letter-because-answers-for-service = Sie erhalten diese Nachricht, weil Sie für den Dienst einstehen, der diesen Antrag gestellt hat.
letter-because-requester = Sie erhalten diese Nachricht, weil Sie diesen Antrag gestellt haben.
letter-because-beneficiary = Sie erhalten diese Nachricht, weil dieser Antrag für Sie gestellt wurde.
letter-because-sponsor = Sie erhalten diese Nachricht, weil Sie ihr Fürsprecher sind.
letter-because-worker = Sie erhalten diese Nachricht, weil eine Aufgabe darin Ihnen gehört.
letter-because-monitoring-owner = Sie erhalten diese Nachricht, weil Sie die Ausnahme überwachen.
letter-because-control-owner = Sie erhalten diese Nachricht, weil Sie für eine ihrer Maßnahmen verantwortlich sind.
letter-because-watcher = Sie erhalten diese Nachricht, weil Sie der Ausnahme folgen.
letter-because-former = Sie erhalten diese Nachricht, weil Sie daran mitgewirkt haben.
letter-because-role = Sie erhalten diese Nachricht, weil Sie die Rolle { $role }{ $places } haben.
letter-because-team = Sie erhalten diese Nachricht, weil Ihr Team { $team } betroffen ist.
letter-more = { $left ->
    [one] und ein weiterer Punkt, der in der Akte steht.
   *[other] und { $left } weitere Punkte, die in der Akte stehen.
  }
