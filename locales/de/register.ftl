# Das Register, und Vorfälle.
nav-register = Register
nav-incidents = Vorfälle
register-why = Wovon Ausnahmen abweichen und was sie nennen: Richtlinien mit ihren Klauseln, Gesetze und Normen, KI-Systeme.
register-policies = Richtlinien
register-regulations = Vorschriften
register-systems = KI-Systeme
register-none = Nichts passt.
register-id = Kennung
register-title = Titel
register-name = Name
register-about = Dazu
register-version = Fassung
register-since = Veröffentlicht
register-by = Veröffentlicht von
register-weight = Gewicht
register-hash = SHA-256
register-leaf = Blatt des Hauptbuchs
register-reference = Zitiert als
register-jurisdiction = Wo es gilt
register-jurisdiction-hint = Ein Code wie eu.
register-kind = Art
register-vendor = Hersteller
register-vendor-hint = Die Kennung des Herstellers im Register.
register-release = Ausgabe
register-clauses = { $count ->
    [one] 1 Klausel
   *[other] { $count } Klauseln
  }
register-forbids = { $count ->
    [one] auf 1 davon kann niemand verzichten
   *[other] auf { $count } davon kann niemand verzichten
  }
register-retired = Außer Dienst
register-retired-said = Es ist außer Dienst: Kein neuer Antrag darf es nennen.
register-older = Diese Fassung ist nicht mehr die neueste.
register-newest = Die neueste Fassung lesen
register-non-waivable = Auf diese Klausel kann niemand verzichten.
register-source = Quelle, die jede Ausnahme verbietet
register-source-hint = Leer, wo eine Ausnahme beantragt werden kann.
register-asked = Jeder Antrag wird gefragt:
register-question = Prüffrage
register-question-hint = Ja muss heißen, dass die Klausel berührt ist.
register-question-code = Code der Frage
register-changed = Was sich seit Fassung { $from } geändert hat
register-same = Nichts als ihre Nummer.
register-became = war „{ $before }“, ist „{ $after }“
register-nothing = nichts
register-clause-added = Neu.
register-clause-removed = Weggefallen.
register-clause-changed = Lautet anders.
register-clause = Klausel { $number }
register-clause-id = Kennung
register-clause-text = Was sie sagt
register-clauses-hint = Leeren Sie eine Klausel, um sie herauszunehmen; füllen Sie eine leere, um sie hinzuzufügen.
register-publish = Eine neue Fassung veröffentlichen
register-publish-title = Fassung { $version }
register-publish-why = Eine redaktionelle Fassung gilt sofort. Eine wesentliche wartet auf eine zweite Person und öffnet dann die Ausnahmen neu, die sie betrifft.
register-retire = Außer Dienst stellen
register-retire-why = Kein neuer Antrag darf es nennen, und die wirksamen Ausnahmen, die es tun, werden neu geöffnet.
weight-editorial = Redaktionell
weight-hint-editorial = Nur Worte ändern sich; sie gilt sofort.
weight-material = Wesentlich
weight-hint-material = Was sie verlangt, ändert sich; betroffene Ausnahmen werden neu angesehen.
system-kind-system = KI-System
system-kind-model = Modell
system-kind-vendor = Hersteller
incidents-why = Was mit einem KI-System oder einer Klausel schiefging, und was das mit den Ausnahmen machte, die es nennen.
incidents-none = Keiner wurde gemeldet.
incident-title = Vorfall
incident-summary = Was geschehen ist
incident-severity = Schwere
incident-about = Betrifft
incident-happened = Geschehen
incident-happened-day = An welchem Tag geschah es?
incident-happened-hint = Nach Ihrer eigenen Uhr.
incident-reported = Gemeldet
incident-touched = Berührte Ausnahmen
incident-open = Noch zu behandeln
incident-batch = Was er als Stapel ändert: anhalten, oder zurücknehmen
incident-effect = Was aus wirksamen Ausnahmen wird
incident-effect-reopen = Sie werden neu geöffnet
incident-effect-suspend = Sie werden ausgesetzt
incident-systems = KI-Systeme
incident-systems-hint = Ein Hersteller steht für alles, was er macht. Nennen Sie mindestens ein System oder eine Klausel.
incident-clauses = Klauseln
incident-clauses-hint = Ihre Kennungen, mit Kommas dazwischen, etwa AIP-2.1.
incident-domain = Bereich
incident-domain-hint = Er berührt Ausnahmen dort und darunter, etwa eu/retail. Überall, wenn Sie keinen nennen.
incident-came = Was daraus wurde
incident-report = Einen Vorfall melden
incident-report-why = Zuerst sehen Sie, was er berühren würde. Über die Zahl hinaus, die Verfahren einer Person überlassen, bestätigt ihn eine zweite.
incident-preview = Zeigen, was er berühren würde
incident-report-send = Melden
incident-would = Was er jetzt berühren würde
incident-would-touch = { $count ->
    [0] Keine Ausnahme, die Sie sehen dürfen.
    [one] 1 Ausnahme, die Sie sehen dürfen.
   *[other] { $count } Ausnahmen, die Sie sehen dürfen.
  }
incident-would-two = Eine zweite Person muss ihn bestätigen.
severity-low = Niedrig
severity-moderate = Mittel
severity-high = Hoch
severity-critical = Kritisch
