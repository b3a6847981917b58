# Briefe über Arbeit: was von wem bis wann gebraucht wird, und was nicht mehr zählt.
letter-task-assigned-about = eine Aufgabe für Sie
letter-task-assigned-about-order = bitte { $order }
letter-task-assigned-happened = Am { $at } kam Arbeit an dieser Ausnahme zu Ihnen.
letter-task-assigned-means-yours = Die Aufgabe gehört Ihnen. Die Ausnahme wartet darauf, sofern das Verfahren den Schritt nicht verfallen lässt.
letter-task-assigned-means-shared = Alle, die die Rolle haben, erhielten diese Nachricht, und eine Person tut die Arbeit: Nehmen Sie sie an, damit die anderen es wissen.
letter-task-assigned-next = Öffnen Sie die Ausnahme und tun Sie die Arbeit{ $by }, oder geben Sie sie für andere frei.
letter-decision-wanted-about = Ihre Entscheidung ist gefragt
letter-decision-wanted-happened = Am { $at } wurden Sie gebeten, über diese Ausnahme mitzuentscheiden.
letter-decision-wanted-happened-again = Am { $at } hat sich das Dossier geändert, über das Sie entscheiden sollen. Frühere Links dazu entscheiden nichts mehr.
letter-decision-wanted-means = Die Entscheidung steht erst, wenn jeder Platz des Quorums besetzt ist, jeder mit einem anderen Menschen. Sie entscheiden über genau das Dossier, das Sie lesen: Jede Änderung macht ein neues und hebt die Genehmigungen des alten auf. Wer die Ausnahme beantragt hat, von ihr profitiert, sie bearbeitet oder bewertet hat, kann nicht mitentscheiden.
letter-decision-wanted-next = Lesen Sie das Dossier und genehmigen Sie, genehmigen Sie mit Bedingungen, bitten Sie um Änderungen oder lehnen Sie mit Begründung ab{ $by }.
letter-asked-round = Runde { $number }: { $subject }.
letter-asked-tier = Stufe: { $tier }.
letter-asked-clauses = Sie weicht ab von { $clauses }.
letter-asked-dossier = Dossier: { $dossier }.
letter-asked-days = Eine Genehmigung zählt { $days ->
    [one] einen Tag
   *[other] { $days } Tage
  } lang, solange die Runde offen ist.
letter-asked-as = Sie sind gefragt als { $roles }.
letter-subject-end = ein späteres Ende, { $at }
letter-subject-content = ein neuer Inhalt, den der Vorgang neben dem jetzigen zeigt
letter-subject-initial = die Ausnahme wie beantragt{ $term }
letter-subject-re_review = ob sie nach der erneuten Prüfung weiter gilt
letter-subject-resume = ob sie wieder gilt
letter-subject-confirmed = ob ihre letzte Entscheidung bestätigt wird
letter-term-until = , bis { $at }
letter-term-days = , für { $days ->
    [one] einen Tag
   *[other] { $days } Tage
  }
letter-term-permanent = , ohne geplantes Ende
letter-control-due-about = eine Kontrolle zu bestätigen
letter-control-due-happened = Am { $at } wurden Sie gebeten, eine Kontrolle dieser Ausnahme zu bestätigen.
letter-control-due-means = Die Ausnahme ruht auf ihren Kontrollen. Eine, die vorher bestehen muss, hält ihren Beginn auf; eine, die verfällt oder unwirksam ist, führt zu einer erneuten Prüfung oder zur Aussetzung, wie das Verfahren sagt.
letter-control-due-next = Prüfen Sie, dass sie besteht, und bestätigen Sie sie mit Nachweis{ $by }, oder melden Sie sie als unwirksam. Wer den Antrag gestellt hat oder davon profitiert, kann das nicht.
letter-reminder-about = Erinnerung: bitte { $order }
letter-reminder-happened = Arbeit an dieser Ausnahme ist noch offen.
letter-reminder-means = Die Ausnahme wartet darauf.
letter-reminder-next = Tun Sie die Arbeit{ $by }, oder geben Sie sie für andere frei.
letter-expiring-about = ihr Ende ist nahe
letter-expiring-happened = Wenn niemand handelt, gilt diese Ausnahme ab { $until } nicht mehr.
letter-expiring-happened-no-effect = Diese Ausnahme gilt zurzeit nicht.
letter-expiring-means = Ab dann ist nicht mehr erlaubt, was sie erlaubt. Niemand muss sie beenden; das geschieht von selbst.
letter-expiring-next = Wird sie noch gebraucht, beantragen Sie eine Verlängerung oder sorgen Sie dafür, dass ihre Prüfung abgeschlossen wird: Beides braucht ein volles Quorum und Zeit. Sonst stellen Sie sich darauf ein, aufzuhören{ $by }.
letter-escalation-about = Arbeit wurde eskaliert
letter-escalation-about-late = überfällige Arbeit wurde eskaliert
letter-escalation-happened = Am { $at } wurde Arbeit an dieser Ausnahme eskaliert.
letter-escalation-means = Sie ist zu lange offen, und die Ausnahme wartet darauf. Ihre Rolle steht auf dem Eskalationsweg des Verfahrens.
letter-escalation-next = Gehört die Arbeit Ihnen, tun Sie sie jetzt oder geben Sie sie frei. Stehen Sie für das Verfahren ein, sorgen Sie dafür, dass jemand sie tut.
letter-approval-voided-about = Ihre Genehmigung zählt nicht mehr
letter-approval-voided-happened = Am { $at } wurde Ihre Genehmigung in Runde { $round } aufgehoben, weil { $because }.
letter-approval-voided-means = Sie bleibt im Vorgang, zählt aber nicht zum Quorum.
letter-approval-voided-because-dossier_changed = sich das Dossier danach geändert hat
letter-approval-voided-next-dossier_changed = Lesen Sie das neue Dossier und entscheiden Sie erneut.
letter-approval-voided-because-approval_lapsed = die Runde länger offen blieb, als eine Genehmigung zählt
letter-approval-voided-next-approval_lapsed = Genehmigen Sie weiterhin, dann genehmigen Sie erneut.
letter-approval-voided-because-review_overdue = ihre Prüfung fällig wurde, bevor sie galt
letter-approval-voided-next-review_overdue = Lesen Sie das Dossier noch einmal; genehmigen Sie weiterhin, dann genehmigen Sie erneut.
letter-approval-voided-because-round_ended = diese Runde endete
letter-approval-voided-next-round_ended = Öffnen Sie die Ausnahme, um zu sehen, wie sie endete. Wird erneut entschieden, werden Sie gefragt.
letter-approval-voided-because-same_person = sich zeigte, dass eine andere Genehmigung der Runde vom selben Menschen kam
letter-approval-voided-next-same_person = Nichts. Ist das ein Irrtum, fragen Sie die, die Konten verwalten.
letter-approval-voided-because-role_lost = Sie die Rolle nicht mehr haben, mit der Sie sie gaben, oder an dieser Entscheidung nicht mehr mitwirken dürfen
letter-approval-voided-next-role_lost = Nichts. Ist das ein Irrtum, fragen Sie die, die Rollen verwalten.
letter-approval-voided-because-changes_requested = jemand anderes um Änderungen gebeten hat
letter-approval-voided-next-changes_requested = Vorerst nichts. Kommt der Antrag zurück, werden Sie erneut gefragt.
letter-approval-voided-because-other = sie nicht mehr zu dem passt, worüber entschieden wird
letter-approval-voided-next-other = Öffnen Sie die Ausnahme, um zu sehen, wie die Entscheidung steht.
letter-gap-found-about = eine Regel war nicht auszuwerten
letter-gap-found-happened = Am { $at } trat ein Fall ein, den { $sop } nicht vorsieht.
letter-gap-found-means = Ein solcher Fall geht weder durch noch zu Ende. Er wartet darauf, dass Governance ihn klärt.
letter-gap-found-next = Klären Sie ihn{ $by }: Geben Sie einen Grund an und, wo die Bewertung versagte, die Stufe, die gelten soll. Berichtigen Sie dann das Verfahren für den nächsten Fall.
letter-one-browser-about = ein Browser für zwei Genehmigende
letter-one-browser-happened = Am { $at } meldete sich jemand, der über diese Ausnahme mitentscheidet, in einem Browser an, in dem jemand anderes angemeldet war, der ebenfalls mitentscheidet.
letter-one-browser-means = Zwei Menschen können sich einen Rechner teilen. Es kann auch ein Mensch sein, der für zwei entscheidet; der Vorgang kann das nicht unterscheiden.
letter-one-browser-next = Fragen Sie beide, jeweils allein, ob die Entscheidung ihre eigene ist. Ist sie das nicht, setzen Sie die Ausnahme aus und beenden Sie ihre Sitzungen.
