# The register, and incidents.
nav-register = Register
nav-incidents = Incidents
register-why = What exceptions deviate from and name: policies with their clauses, laws and standards, AI systems.
register-policies = Policies
register-regulations = Regulations
register-systems = AI systems
register-none = Nothing fits.
register-id = Id
register-title = Title
register-name = Name
register-about = About it
register-version = Version
register-since = Published
register-by = Published by
register-weight = Weight
register-hash = SHA-256
register-leaf = Leaf of the ledger
register-reference = Cited as
register-jurisdiction = Where it holds
register-jurisdiction-hint = A code such as eu.
register-kind = Kind
register-vendor = Vendor
register-vendor-hint = The id of the vendor in the register.
register-release = Release
register-clauses = { $count ->
    [one] 1 clause
   *[other] { $count } clauses
  }
register-forbids = { $count ->
    [one] 1 of them nobody can waive
   *[other] { $count } of them nobody can waive
  }
register-retired = Retired
register-retired-said = It is retired: no new request may name it.
register-older = This version is no longer the newest.
register-newest = Read the newest version
register-non-waivable = Nobody can waive this clause.
register-source = Source that forbids any exception
register-source-hint = Leave it empty where an exception may be asked for.
register-asked = Every request is asked:
register-question = Screening question
register-question-hint = Yes must mean that the clause is touched.
register-question-code = Code of the question
register-changed = What changed since version { $from }
register-same = Nothing but its number.
register-became = was “{ $before }”, is “{ $after }”
register-nothing = nothing
register-clause-added = New.
register-clause-removed = Gone.
register-clause-changed = Reads otherwise.
register-clause = Clause { $number }
register-clause-id = Id
register-clause-text = What it says
register-clauses-hint = Empty a clause to take it out; fill an empty one to add it.
register-publish = Publish a new version
register-publish-title = Version { $version }
register-publish-why = An editorial version holds at once. A material one waits for a second person, and then reopens the exceptions that it concerns.
register-retire = Retire it
register-retire-why = No new request may name it, and the exceptions in effect that do are reopened.
weight-editorial = Editorial
weight-hint-editorial = Words alone change; it holds at once.
weight-material = Material
weight-hint-material = What it asks for changes; exceptions that it concerns are looked at again.
system-kind-system = AI system
system-kind-model = Model
system-kind-vendor = Vendor
incidents-why = What went wrong with an AI system or a clause, and what that did to the exceptions that name it.
incidents-none = None was reported.
incident-title = Incident
incident-summary = What happened
incident-severity = Severity
incident-about = About
incident-happened = Happened
incident-happened-day = On which day did it happen?
incident-happened-hint = By your own clock.
incident-reported = Reported
incident-touched = Exceptions that it touched
incident-open = Still to be dealt with
incident-batch = What it changes as a batch: stop it, or take it back
incident-effect = What becomes of exceptions in effect
incident-effect-reopen = They are reopened
incident-effect-suspend = They are suspended
incident-systems = AI systems
incident-systems-hint = A vendor stands for everything that it makes. Name at least one system or one clause.
incident-clauses = Clauses
incident-clauses-hint = Their ids, with commas between, such as AIP-2.1.
incident-domain = Domain
incident-domain-hint = It touches exceptions there and below, such as eu/retail. Everywhere unless you name one.
incident-came = What came of it
incident-report = Report an incident
incident-report-why = First you see what it would touch. Beyond the number that procedures leave to one person, a second one confirms it.
incident-preview = Show what it would touch
incident-report-send = Report it
incident-would = What it would touch now
incident-would-touch = { $count ->
    [0] No exception that you may see.
    [one] 1 exception that you may see.
   *[other] { $count } exceptions that you may see.
  }
incident-would-two = A second person has to confirm it.
severity-low = Low
severity-moderate = Moderate
severity-high = High
severity-critical = Critical
