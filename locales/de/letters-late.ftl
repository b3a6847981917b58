# Briefe über das, was die Uhr bemerkte: verspätete Arbeit, Anträge, die niemand anfasst, Schleifen, die endeten.
letter-overdue-about = überfällige Arbeit
letter-overdue-about-order = überfällig: bitte { $order }
letter-overdue-happened = Arbeit an dieser Ausnahme war bis zum { $since } nicht getan.
letter-overdue-means = Die Ausnahme wartet darauf, und die Akte hält die Verspätung fest.
letter-overdue-means-escalates = Die Ausnahme wartet darauf, und die Akte hält die Verspätung fest. Am { $escalates } erfährt es der Eskalationsweg des Verfahrens.
letter-overdue-next = Erledigen Sie die Arbeit jetzt, oder geben Sie sie für andere frei.
letter-lapses-soon-about = Ihr Antrag verfällt bald
letter-lapses-soon-happened = Diesen Antrag hat länger niemand angefasst. Er verfällt{ $on }.
letter-lapses-soon-means = Ein verfallener Antrag ist zurückgezogen. Er bleibt in der Akte, und ein neuer kann auf ihm aufbauen.
letter-lapses-soon-next = Wird er noch gebraucht, vervollständigen Sie ihn und reichen Sie ihn ein; mit jeder Änderung beginnt die Zeit von vorn. Sonst nichts.
letter-lapses-soon-on = {" "}am { $at }
letter-limit-reached-about = keine weiteren { $what }
letter-limit-reached-happened = Am { $at } hatte diese Ausnahme { $times }, so viele, wie ihr Verfahren erlaubt.
letter-limit-reached-means = Diese Schleife ist angehalten: Was noch einmal herumginge, geschieht nicht mehr von selbst.
letter-limit-reached-next = Sehen Sie nach, warum sie sich im Kreis dreht, und entscheiden Sie mit den Beteiligten, ob sie abgeschlossen, beendet oder ausgesetzt wird.
letter-loop-returns = Rückgaben
letter-times-returns = { $count ->
    [one] 1 Rückgabe
   *[other] { $count } Rückgaben
  }
letter-loop-reopenings = Wiedereröffnungen
letter-times-reopenings = { $count ->
    [one] 1 Wiedereröffnung
   *[other] { $count } Wiedereröffnungen
  }
letter-loop-reminders = Erinnerungen
letter-times-reminders = { $count ->
    [one] 1 Erinnerung
   *[other] { $count } Erinnerungen
  }
letter-loop-escalations = Eskalationen
letter-times-escalations = { $count ->
    [one] 1 Eskalation
   *[other] { $count } Eskalationen
  }
letter-loop-rounds = Runden
letter-times-rounds = { $count ->
    [one] 1 Runde
   *[other] { $count } Runden
  }
