//! What a rule caused and why something is refused, in the reader's language. Both are recorded and answered in
//! English; what a procedure's own document wrote stays as it is written.

use super::{
    Said, Tongue,
    pattern::{self, Slot, Sort},
};
use crate::words::{Citation, Language, Source};

impl Tongue {
    /// The rule behind something, such as `SOP standard v3, step 5.2: …`.
    pub(crate) fn cite(self, citation: &Citation) -> String {
        let said = match &citation.source {
            Source::Sop(sop) => self.say("citation-sop").with("sop", sop).with("rule", &citation.rule),
            Source::Rule(number) => self.say("citation-rule").with("rule", number),
        };
        said.with("text", self.as_told(&citation.text)).to_string()
    }

    /// The same in the reader's language; as it is written, where it is none of the service's own sentences.
    pub(crate) fn as_told(self, text: &str) -> String {
        self.retold(text).unwrap_or_else(|| text.to_owned())
    }

    /// A sentence of the service in the reader's language; `None` where it is none of its own.
    pub(crate) fn retold(self, text: &str) -> Option<String> {
        if self.language == Language::En {
            return Some(text.to_owned());
        }
        let (pattern, found) = pattern::find(text)?;
        let said = found.into_iter().fold(self.say(&pattern.key), |said, (slot, value)| self.put(said, slot, value));
        Some(said.to_string())
    }

    fn put(self, said: Said, Slot { name, sort }: &Slot, value: &str) -> Said {
        match sort {
            Sort::Number => said.count(name, value),
            Sort::Code | Sort::Raw => said.with(name, value),
            Sort::Said | Sort::Text => said.with(name, self.as_told(value)),
            Sort::Roles => said.with(name, self.roles(value)),
            Sort::List(parting, ending) => said.with(name, self.listed(value, (parting, ending))),
            Sort::Named(group) => said.with(name, self.name(group, value)),
        }
    }

    fn roles(self, value: &str) -> String {
        let any = if value.contains(" or ") { self.say("or").to_string() } else { ", ".to_owned() };
        pattern::roles(value).map(|role| self.name("role", role).to_string()).collect::<Vec<_>>().join(&any)
    }

    fn listed(self, value: &str, (parting, ending): (&str, &str)) -> String {
        let mut all: Vec<String> = value.split(parting).map(|one| format!("{one}{ending}")).collect();
        if let Some(last) = all.last_mut() {
            last.truncate(last.len().saturating_sub(ending.len()));
        }
        all.iter().map(|one| self.as_told(one)).collect::<Vec<_>>().join("; ")
    }
}

/// `text` with a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        tongue::testkit,
        words::{Hash, SopRef, Zone},
    };

    fn german() -> Tongue {
        Tongue { language: Language::De, zone: Zone::UTC }
    }

    fn by_procedure(text: &str) -> Citation {
        Citation::sop(&SopRef { id: "standard".to_owned(), version: 3, hash: Hash([0; 32]) }, "5.2", text)
    }

    #[test]
    fn a_citation_is_told_in_the_readers_language() {
        let english = Tongue { language: Language::En, ..german() };
        for citation in [by_procedure("a control failed"), Citation::rule(6, "machines prepare, people decide")] {
            assert_eq!(english.cite(&citation), citation.to_string());
        }
        for (citation, told) in [
            (by_procedure("a control failed"), "SOP standard v3, Schritt 5.2: eine Maßnahme ist gescheitert"),
            (
                by_procedure("escalated to ciso, governance"),
                "SOP standard v3, Schritt 5.2: eskaliert an CISO, Governance",
            ),
            (
                by_procedure("A dimension scores 80 or more."),
                "SOP standard v3, Schritt 5.2: A dimension scores 80 or more.",
            ),
            (
                Citation::rule(7, "a procedure is retired: proposed by one, confirmed by another"),
                "Proviso-Regel 7: ein Verfahren wird außer Dienst gestellt: von einer Person vorgeschlagen, von einer anderen bestätigt",
            ),
        ] {
            assert_eq!(german().cite(&citation), told);
        }
    }

    #[test]
    fn what_stands_within_is_told_too() {
        for (text, told) in [
            (
                "tier high needs 2 approvals from {ciso, cro} and 1 approvals from {legal}; has 1 (ciso)",
                "Stufe Hoch braucht 2 Genehmigungen aus: CISO, CRO; eine Genehmigung aus: Recht; vorhanden: 1 (CISO)",
            ),
            (
                "tier low needs 2 approvals from {legal}; has 0 ()",
                "Stufe Niedrig braucht 2 Genehmigungen aus: Recht; noch keine vorhanden",
            ),
            (
                "could not be evaluated: 1.2 (there is no fact `x`), 1.3 (no); governance settles it",
                "nicht auszuwerten: 1.2 (es gibt keine Tatsache `x`); 1.3 (no); die Governance klärt es",
            ),
            (
                "no quorum can be formed at tier high: nobody eligible as ciso or cro in eu; no rule applies in us",
                "auf Stufe Hoch lässt sich kein Quorum bilden: in eu kommt niemand infrage als CISO oder CRO; in us gilt keine Regel",
            ),
            ("Grant Carla Ciso the role ciso in eu/retail", "Carla Ciso die Rolle CISO in eu/retail erteilen"),
            ("suspended: vendor_terms_changed", "ausgesetzt: vendor_terms_changed"),
            ("returns: 3, the procedure's limit", "Rückgaben: 3, die Grenze des Verfahrens"),
        ] {
            assert_eq!(german().retold(text).as_deref(), Some(told));
        }
        assert_eq!(german().retold("What nobody of ours wrote."), None);
    }

    /// Adding a citation takes its words in the catalogue: what stands in the sources as one text is found as one.
    #[test]
    fn every_citation_in_the_sources_has_its_words() {
        let within =
            ["{why}: {how}", "machines prepare: {text}", "everything ends: {text}", "an approval was voided: {why}"];
        let calls = ["Citation::rule(", "Citation::sop(", ".cite(", "cited("];
        let sources = testkit::sources_of("src");
        let given = sources.iter().flat_map(|text| calls.iter().flat_map(move |call| text.split(call).skip(1)));
        let texts: Vec<String> = given.filter_map(testkit::text_given).collect();
        let known: Vec<String> = pattern::tests::all().iter().map(pattern::tests::outlined).collect();
        let worded = |text: &String| within.contains(&text.as_str()) || known.contains(&testkit::outline(text));
        let wordless: Vec<_> = texts.iter().filter(|text| !worded(text)).collect();
        assert!(texts.len() > 80 && wordless.is_empty(), "of {} without words: {wordless:#?}", texts.len());
    }

    /// What nobody writes any more has no words either.
    #[test]
    fn no_words_of_a_citation_are_left_over() {
        let sources = testkit::sources_of("src").concat().replace("\\\"", "\"");
        // What two places of the code write together stands in neither.
        let together = ["cited-quorum-empty", "told-excluded-unknown"];
        let alone = pattern::tests::all().iter().filter(|one| !together.contains(&one.key.as_str()));
        let words = alone.flat_map(|one| one.said().map(move |words| (&one.key, words.trim_matches([':', '.', ' ']))));
        let unsaid: Vec<_> = words.filter(|(_, words)| !sources.contains(words)).collect();
        assert!(unsaid.is_empty(), "{unsaid:#?}");
    }
}
