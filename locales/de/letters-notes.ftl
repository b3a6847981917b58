# Nachrichten neben den Briefen: Vertretung, Übersicht, Code, Endpunkt.
letter-delegated-about = Sie vertreten eine genehmigende Person
letter-delegated-happened = Eine genehmigende Person hat Sie als Vertretung benannt.
letter-delegated-means = Was Sie für sie entscheiden, füllt ihren Platz im Quorum, und Sie sind der Mensch, der handelt: Niemand füllt in einer Entscheidung zwei Plätze. Weitergeben können Sie die Vertretung nicht, und was Sie beantragt oder bewertet haben oder was Ihnen zugutekommt, können Sie weiterhin nicht entscheiden.
letter-delegated-next = Zurzeit nichts. Sehen Sie während der Vertretung nach, was auf die Person wartet, und geben Sie bei der Entscheidung an, für wen Sie handeln.
letter-delegated-happened-named = Sie vertreten { $name }, vom { $from } bis zum { $until }.
letter-list-places = Die Plätze in Quoren, die die Person jetzt hat
letter-because-named = Sie erhalten diese Nachricht, weil jemand Sie benannt hat.
letter-digest-subject = Ihre Übersicht: { $count ->
    [one] 1 Nachricht
   *[other] { $count } Nachrichten
  }
letter-digest-heading = Seit der letzten Übersicht
letter-digest-open = Hier lesen
letter-digest-because = Sie erhalten diese Nachricht, weil Sie in Ihren Einstellungen um eine Übersicht gebeten haben. Sie wurde automatisch versandt; Antworten liest niemand.
letter-code-subject = [{ $number }] Ihr Code
letter-code-code = { $code } ist der Code für Ihre Entscheidung über { $number }. Er gilt zehn Minuten lang und nur einmal.
letter-code-warning = Geben Sie ihn auf der Seite ein, auf der Sie darum gebeten haben, und sagen Sie ihn niemandem. Haben Sie nicht darum gebeten, tun Sie nichts.
letter-endpoint-subject = Der Endpunkt bei { $host } bekommt keine Ereignisse mehr
letter-endpoint-happened = Der Endpunkt bei { $host } bekommt keine Ereignisse mehr: { $why }.
letter-endpoint-next = Sehen Sie seine Zustellungen an (proviso webhook deliveries), bringen Sie ihn in Ordnung und schalten Sie ihn wieder ein (proviso webhook enable). Was ihm inzwischen entging, lässt sich wiederholen.
letter-endpoint-asked = jemand hat ihn abgeschaltet
letter-endpoint-gone = er hat geantwortet, dass es ihn nicht mehr gibt (410)
letter-endpoint-exhausted = zehn Versuche über drei Tage sind bei einem Ereignis gescheitert
letter-endpoint-silent = fünf Tage lang ist jeder Versuch gescheitert
letter-endpoint-owner_left = wer dafür verantwortlich war, ist gegangen
letter-over-budget-about = Über dem Budget: { $clause } in { $unit }
letter-over-budget-happened = Nach { $sop } gelten in { $unit } mehr Ausnahmen von { $clause }, als das Verfahren hinnimmt.
letter-over-budget-means = Vielleicht ist die Regel falsch, nicht die Teams. Nichts wird aufgehalten: Anträge gehen weiter, und jeder sagt, dass das Budget aufgebraucht ist.
letter-over-budget-next = Sehen Sie sich die Ausnahmen an und schreiben Sie, was daraus folgt: eine andere Regel, ein anderes Budget, oder dass es so bleibt.
letter-sop-review-about = Überprüfung des Verfahrens { $sop }
letter-sop-review-happened = Die Überprüfung des Verfahrens { $sop } ist überfällig, oder seine eigenen Zahlen steigen.
letter-sop-review-means = Es gilt weiter, bis eine nächste Fassung veröffentlicht ist.
letter-sop-review-next = Sehen Sie es sich an. Veröffentlichen Sie eine nächste Fassung, oder schreiben Sie, warum es so bleibt.
letter-list-figures = Was gezählt wurde
letter-concern-open = Ansehen und beantworten
letter-concern-because = Sie erhalten diese Nachricht, weil Sie die Rolle { $role } haben.
letter-batch-refused-about = Von selbst angehalten: { $batch }
letter-batch-refused-happened = Von { $dealt } Ausnahmen, an die die Reihe kam, ließen die Regeln bei { $refused } keine Überprüfung zu, sodass sie ausgesetzt wurden. Das ist mehr als die { $percent } Prozent, die das Verfahren hinnimmt.
letter-batch-refused-means = Es geschieht nichts weiter. Ausnahmen, die noch an die Reihe kämen: { $left }. Sie gelten solange weiter, und was ausgesetzt wurde, gibt nur sein Quorum zurück.
letter-batch-refused-next = Sehen Sie sich an, was nicht zugelassen wurde, und die Vorschau auf den Rest. Lassen Sie es dann weitergehen oder nehmen Sie es zurück; zu beidem gehören zwei Personen.
letter-batch-held-about = Angehalten: { $batch }
letter-batch-held-happened = Jemand hat diese automatische Änderung von Ausnahmen angehalten. Warum, steht auf ihrer Seite.
letter-batch-held-means = Es geschieht nichts weiter. Ausnahmen, die noch an die Reihe kämen: { $left }. Sie gelten solange weiter.
letter-batch-held-next = Sehen Sie sich die Vorschau auf den Rest an. Lassen Sie es dann weitergehen oder nehmen Sie es zurück; zu beidem gehören zwei Personen.
letter-batch-open = Ansehen
