//! What a register is, what of it is new in a version, and how two versions differ.

use super::*;

fn starter() -> Register {
    Register::starter().expect("the starter")
}

fn policy(id: &str) -> Policy {
    starter().policy(id).expect("a policy").clone()
}

#[test]
fn the_starter_loads_and_answers() {
    let register = starter();
    assert_eq!((register.policies.len(), register.clauses().count()), (8, 25));
    assert_eq!(
        register.clause("AIP-2.1").map(|clause| clause.title.as_str()),
        Some("Confidential and restricted data")
    );
    assert!(register.clause("AIP-9.9").is_none());
    for id in ["eu-ai-act", "gdpr", "nist-ai-rmf", "iso-42001", "nydfs-500", "pci-dss", "sr-11-7"] {
        assert!(register.regulation(id).is_some_and(|law| law.reference.is_some()), "{id}");
    }
    let asked = ["AIP-2.1".to_owned(), "AIP-4.2".to_owned()];
    let forbidden = register.non_waivable(&asked);
    assert_eq!(
        forbidden.iter().map(|c| c.non_waivable.as_deref()).collect::<Vec<_>>(),
        [Some("EU AI Act, Article 5(1)(f)")]
    );
    assert_eq!(register.versions(&forbidden), [("AIP-4".to_owned(), 1)].into());
    let codes: Vec<_> = register.screening().iter().map(|(_, s)| s.code.clone()).collect();
    assert_eq!(codes, ["harmful_manipulation", "emotion_inference", "social_scoring", "biometric_categorisation"]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    let cases = [
        ("id: AIP-2.1", "id: AIP-1.1", "/policies/1/clauses/0/id"),
        ("id: AIP-2.2", "id: AIP-2.1", "/policies/1/clauses/1/id"),
        ("id: AIP-3.1", "id: AIP-3.", "/policies/2/clauses/0/id"),
        ("version: 1", "version: 0", "/policies/0/version"),
        ("code: emotion_inference", "code: harmful_manipulation", "/policies/3/clauses/1/screening/code"),
        ("code: emotion_inference", "code: Emotion", "/policies/3/clauses/1/screening/code"),
        ("title: Manipulation", "title: ''", "/policies/3/clauses/0/title"),
        ("non_waivable: EU AI Act, Article 5(1)(f)", "non_waivable: ' '", "/policies/3/clauses/1/non_waivable"),
        ("id: nis2", "id: gdpr", "/regulations/3/id"),
        ("vendor: example-models", "vendor: nobody", "/systems/2/vendor"),
        ("title: Manipulation", "titel: Manipulation", ""),
    ];
    for (from, to, pointer) in cases {
        assert!(STARTER.contains(from), "{from}");
        let error = Register::load(&STARTER.replacen(from, to, 1)).expect_err(to);
        assert_eq!(error.pointer, pointer, "{error}");
        assert!(error.line > 1 && !error.hint.is_empty(), "{error}");
    }
    assert!(Register::load("policies: []").is_err());
}

#[test]
fn an_entry_comes_back_from_its_canonical_text() {
    for entry in starter().entries() {
        let text = entry.canonical().expect("canonical");
        assert_eq!(Entry::read(entry.kind(), &text).expect("it reads"), entry);
        assert_eq!(entry.reference(&text).version, 1);
    }
}

#[test]
fn a_new_version_takes_the_place_of_the_old_one() {
    let mut next = policy("AIP-3");
    next.version = 2;
    next.clauses.truncate(1);
    let register = starter().with(Entry::Policy(next)).expect("sound");
    assert_eq!(register.policies.len(), 8);
    assert_eq!(register.policy("AIP-3").map(|policy| (policy.version, policy.clauses.len())), Some((2, 1)));
    let mut clash = policy("AIP-3");
    clash.clauses[0].screening =
        Some(Screening { code: "social_scoring".to_owned(), question: "Is it so?".to_owned() });
    let flaw = starter().with(Entry::Policy(clash)).expect_err("another clause has that code");
    assert_eq!((flaw.code, flaw.pointer.as_str()), ("duplicate_id", "/clauses/0/screening/code"));
}

#[test]
fn wording_is_told_apart_from_what_is_demanded() {
    let (old, mut reworded) = (policy("AIP-4"), policy("AIP-4"));
    reworded.clauses[0].text.push_str(" At all.");
    reworded.title.push_str(" of AI");
    assert!(Entry::Policy(reworded.clone()).demands_what(&Entry::Policy(old.clone())));
    let before = Entry::Policy(old.clone());
    let changes: [fn(&mut Policy); 4] = [
        |policy| policy.clauses[0].non_waivable = None,
        |policy| policy.clauses[1].screening = None,
        |policy| drop(policy.clauses.pop()),
        |policy| policy.clauses[2].id = "AIP-4.9".to_owned(),
    ];
    for change in changes {
        let mut new = old.clone();
        change(&mut new);
        assert!(!Entry::Policy(new).demands_what(&before));
    }
    let touched: Vec<String> =
        Entry::Policy(reworded).changed_since(&before).iter().map(|clause| clause.id.clone()).collect();
    assert_eq!(touched, ["AIP-4.1"]);
}

#[test]
fn what_becomes_beyond_waiving_is_found() {
    let (old, mut new) = (policy("AIP-2"), policy("AIP-2"));
    new.clauses[2].non_waivable = Some("GDPR, Article 9".to_owned());
    let (old, new) = (Entry::Policy(old), Entry::Policy(new));
    let ids = |clauses: Vec<&Clause>| clauses.into_iter().map(|clause| clause.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(new.forbidden_since(Some(&old))), ["AIP-2.3"]);
    assert_eq!(ids(new.forbidden_since(None)), ["AIP-2.3"]);
    assert!(old.forbidden_since(Some(&new)).is_empty() && new.forbidden_since(Some(&new)).is_empty());
}

#[test]
fn versions_differ_clause_by_clause() {
    let (old, mut new) = (policy("AIP-1"), policy("AIP-1"));
    new.clauses[0].text = "Only AI tools on the approved list are used.".to_owned();
    new.clauses.remove(1);
    let added = Clause { id: "AIP-1.5".to_owned(), ..new.clauses[1].clone() };
    new.clauses.push(added);
    let found = difference(&old, &new);
    assert_eq!((found.title, found.clauses.len()), (None, 3));
    let [ClauseDiff::Changed(changed), ClauseDiff::Removed(removed), ClauseDiff::Added(added)] =
        found.clauses.as_slice()
    else {
        panic!("{:?}", found.clauses)
    };
    assert_eq!((removed.id.as_str(), added.id.as_str()), ("AIP-1.2", "AIP-1.5"));
    assert!(changed.text.contains("-Only AI tools on the approved list are used for company work."));
    assert!(changed.text.contains("+Only AI tools on the approved list are used."));
    assert_eq!(difference(&new, &new).clauses, []);
}
