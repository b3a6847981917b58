//! From text to a procedure that can run: read strictly, fragments joined, checked, compiled,
//! hashed. It opens no file; texts are handed to it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use cel::Env;
use serde_json::json;

use super::{
    check::{self, Checked},
    condition::{self, Condition, Ground},
    document::{Document, Include},
    extra::Extra,
    fragment::Fragment,
};
use crate::{
    words::{Facts, Hash, SopRef, canonical},
    yaml::{self, DocumentError, Place},
};

/// What is wrong with an SOP, where, and how to mend it.
pub type SopError = DocumentError;

const FRAGMENTS: &[(&str, &str)] = &[
    ("submission-basics", include_str!("../../policies/sop/fragments/submission-basics.yaml")),
    ("regulated-industry", include_str!("../../policies/sop/fragments/regulated-industry.yaml")),
];
const DOCUMENTS: &[&str] = &[
    include_str!("../../policies/sop/standard.yaml"),
    include_str!("../../policies/sop/lightweight.yaml"),
    include_str!("../../policies/sop/financial-services.yaml"),
    include_str!("../../policies/sop/healthcare-research.yaml"),
];

/// A procedure, ready to run.
pub struct Sop {
    document: Document,
    hash: Hash,
    env: Arc<Env>,
    /// By the text of the expression.
    conditions: BTreeMap<String, Condition>,
    extra: Extra,
    /// What its expressions see of itself.
    own: Facts,
}

impl fmt::Debug for Sop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sop({} {})", self.reference(), self.hash)
    }
}

impl Sop {
    /// Reads and checks a procedure with the fragments it may include, by name; the first error if any.
    pub fn load(text: &str, fragments: &BTreeMap<String, String>) -> Result<Self, SopError> {
        Self::read(text, fragments).map_err(|mut errors| {
            if errors.is_empty() {
                SopError::whole("the document was refused", "compare with one that ships")
            } else {
                errors.swap_remove(0)
            }
        })
    }

    /// Everything that is wrong with a procedure, in the order of its lines; empty: it loads.
    pub fn errors(text: &str, fragments: &BTreeMap<String, String>) -> Vec<SopError> {
        Self::read(text, fragments).err().unwrap_or_default()
    }

    /// The procedures that ship with Proviso.
    pub fn builtin() -> Result<Vec<Self>, SopError> {
        let fragments = Self::builtin_fragments();
        DOCUMENTS.iter().map(|text| Self::load(text, &fragments)).collect()
    }

    /// The fragments that ship with Proviso, by name.
    pub fn builtin_fragments() -> BTreeMap<String, String> {
        FRAGMENTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    /// Which procedure this is, with its content's hash.
    pub fn reference(&self) -> SopRef {
        SopRef { id: self.document.id.clone(), version: self.document.version, hash: self.hash }
    }

    /// The procedure as data, with its fragments joined in.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The bytes that were hashed: canonical JSON (RFC 8785) of the joined document. It loads
    /// again, without fragments, as the same procedure with the same hash.
    pub fn canonical(&self) -> Result<String, SopError> {
        canonical_text(&self.document)
    }

    /// The facts, as far as these expressions of the procedure mention them, and its own lists.
    pub(super) fn ground<'f, 'w>(&'f self, facts: &'f Facts, whens: impl Iterator<Item = &'w str>) -> Ground<'f> {
        Ground::of(&self.env, (facts, &self.own), whens.filter_map(|when| self.condition(when)))
    }

    pub(super) fn condition(&self, text: &str) -> Option<&Condition> {
        self.conditions.get(text)
    }

    pub(super) fn extra(&self) -> &Extra {
        &self.extra
    }

    fn read(text: &str, fragments: &BTreeMap<String, String>) -> Result<Self, Vec<SopError>> {
        Self::placed(text, fragments).map(|(sop, _)| sop)
    }

    /// The same, with the places of its values in the text and in its fragments.
    pub(super) fn placed(text: &str, fragments: &BTreeMap<String, String>) -> Result<(Self, Place), Vec<SopError>> {
        let mut document: Document = yaml::read(text).map_err(|error| vec![error])?;
        let mut places: Place = yaml::read(text).map_err(|error| vec![error])?;
        let includes = std::mem::take(&mut document.include);
        // Each goes before what is there, so the last is joined first.
        for (at, include) in includes.iter().enumerate().rev() {
            let twice = includes.iter().take(at).any(|i| i.name == include.name);
            let joined = if twice {
                Err(places.error(
                    &format!("/include/{at}/name"),
                    format!("`{}` is included twice", include.name),
                    "include it once".to_owned(),
                ))
            } else {
                join(include, at, fragments, (&mut document, &mut places))
            };
            joined.map_err(|error| vec![error])?;
        }
        let env = condition::environment();
        let Checked { conditions, extra } = check::check(&document, places.clone(), &env)?;
        let text = canonical_text(&document).map_err(|error| vec![error])?;
        let own = own_facts(&document);
        Ok((Self { document, hash: Hash::of(text.as_bytes()), env, conditions, extra, own }, places))
    }
}

/// The lists at the head of a procedure, so that its gates hold what they say.
fn own_facts(document: &Document) -> Facts {
    let lists = json!({
        "approved_tools": document.approved_tools,
        "permitted_inputs": document.permitted_inputs,
        "prohibited_data_classes": document.prohibited_data_classes,
        "excluded_tasks": document.excluded_tasks,
    });
    Facts::from([("sop".to_owned(), lists)])
}

fn canonical_text(document: &Document) -> Result<String, SopError> {
    let text = canonical(document).map_err(|error| SopError::whole(error.to_string(), "write plain JSON values"))?;
    if text.len() > yaml::MAX_BYTES {
        return Err(SopError::whole(
            format!("with its fragments the document has {} bytes", text.len()),
            format!("at most {} bytes", yaml::MAX_BYTES),
        ));
    }
    Ok(text)
}

fn join(
    include: &Include,
    at: usize,
    fragments: &BTreeMap<String, String>,
    (document, places): (&mut Document, &mut Place),
) -> Result<(), SopError> {
    let name = include.name.as_str();
    let Some(text) = fragments.get(name) else {
        let known: Vec<&str> = fragments.keys().map(String::as_str).collect();
        return Err(places.error(
            &format!("/include/{at}/name"),
            format!("there is no fragment `{name}`"),
            format!("known: {}", known.join(", ")),
        ));
    };
    let actual = Hash::of(text.as_bytes());
    if actual != include.hash {
        return Err(places.error(
            &format!("/include/{at}/hash"),
            format!("the fragment `{name}` has changed: its hash is {actual}"),
            format!("read the change, then write `hash: {actual}` and raise the version"),
        ));
    }
    let within = |error: SopError| error.in_fragment(name);
    let fragment: Fragment = yaml::read(text).map_err(within)?;
    let inner: Place = yaml::read(text).map_err(within)?;
    places.prepend("steps", inner.in_fragment(&Arc::from(name)));
    fragment.join(&mut document.steps).map_err(|code| {
        places.error(
            &format!("/steps/completeness/reasons/{code}"),
            format!("the reason `{code}` is also explained by the fragment `{name}`"),
            "keep one of the two".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{STANDARD, standard, standard_with};
    use super::*;

    #[test]
    fn the_shipped_procedures_load() {
        let sops = Sop::builtin().expect("they load");
        let names: Vec<String> = sops.iter().map(|sop| sop.reference().to_string()).collect();
        assert_eq!(
            names,
            ["SOP standard v1", "SOP lightweight v1", "SOP financial-services v1", "SOP healthcare-research v1"]
        );
        assert!(format!("{sops:?}").len() < 500);
        let sop = standard();
        let gates = &sop.document().steps.submission.gates;
        assert_eq!(gates.first().map(|gate| gate.id.as_str()), Some("1.1"));
        assert_eq!(gates.last().map(|gate| gate.id.as_str()), Some("1.13"));
    }

    #[test]
    fn a_procedure_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Sop>();
    }

    #[test]
    fn comments_do_not_change_the_hash_and_content_does() {
        let hash = standard().reference().hash;
        let other_quotes = standard_with("\"1.11\"", "'1.11'").expect("loads");
        assert_eq!(other_quotes.reference().hash, hash);
        let remark = standard_with("\ntiers:", "\n# tiers follow\ntiers:").expect("loads");
        assert_eq!(remark.reference().hash, hash);
        let changed = standard_with("max_days: 90", "max_days: 89").expect("loads");
        assert_ne!(changed.reference().hash, hash);
    }

    #[test]
    fn the_canonical_form_is_the_same_procedure_without_its_fragments() {
        let sop = standard();
        let text = sop.canonical().expect("canonical");
        assert_eq!(Hash::of(text.as_bytes()), sop.reference().hash);
        let again = Sop::load(&text, &BTreeMap::new()).expect("loads");
        assert_eq!(again.reference(), sop.reference());
    }

    #[test]
    fn a_fragment_that_changed_is_noticed_with_its_new_hash() {
        let mut fragments = Sop::builtin_fragments();
        let text = fragments.get_mut("submission-basics").expect("it ships");
        text.push_str("# edited\n");
        let actual = Hash::of(text.as_bytes()).to_string();
        let error = Sop::load(STANDARD, &fragments).expect_err("it changed");
        assert_eq!(error.pointer, "/include/0/hash");
        assert!(error.message.contains(&actual) && error.hint.contains(&actual));
        assert!(error.line > 1, "{error}");
        let error = Sop::load(STANDARD, &BTreeMap::new()).expect_err("it is absent");
        assert_eq!(error.pointer, "/include/0/name");
    }

    fn with_fragment(fragment: &str) -> SopError {
        let mut fragments = Sop::builtin_fragments();
        let include = format!("include:\n  - name: more\n    hash: {}", Hash::of(fragment.as_bytes()));
        fragments.insert("more".to_owned(), fragment.to_owned());
        Sop::load(&STANDARD.replacen("include:", &include, 1), &fragments).expect_err(fragment)
    }

    #[test]
    fn errors_in_a_fragment_name_it_and_its_line() {
        let unknown = with_fragment("submission:\n  gate: []\n");
        assert_eq!((unknown.fragment.as_deref(), unknown.line), (Some("more"), 2));
        let gate =
            "submission:\n  gates:\n    - {id: '1.1', when: request.controls > 0, code: c, text: t, remedy: r}\n";
        let clash = with_fragment(gate);
        assert_eq!(clash.pointer, "/steps/submission/gates/1/id");
        assert_eq!(clash.fragment.as_deref(), Some("submission-basics"));
        assert!(clash.message.contains("first at /steps/submission/gates/0/id"), "{clash}");
        let broken = with_fragment(&gate.replace("'1.1'", "'1.99'").replace("controls", "control"));
        assert_eq!((broken.fragment.as_deref(), broken.line), (Some("more"), 3));
        let reason = with_fragment("completeness: {reasons: {sponsor_not_confirmed: x}}\n");
        assert_eq!(reason.pointer, "/steps/completeness/reasons/sponsor_not_confirmed");
    }

    #[test]
    fn all_errors_are_listed_in_the_order_of_the_lines() {
        let text = STANDARD
            .replacen("max_days: 90", "max_days: 9000", 1)
            .replacen("due_hours: 48", "due_hours: 0", 1)
            .replacen("version: 1", "version: 0", 1);
        let errors = Sop::errors(&text, &Sop::builtin_fragments());
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/version", "/tiers/critical/max_days", "/tiers/critical/max_days", "/steps/completeness/due_hours"]
        );
        assert!(Sop::errors(STANDARD, &Sop::builtin_fragments()).is_empty());
    }
}
