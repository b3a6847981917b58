//! The verifier: takes an export line by line, in memory that grows with the exceptions and not with the
//! events, and stops at the first thing that does not hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Fault,
    export::{Digested, Heading, Line, Row, VERSION},
    rows,
    story::Story,
};
use crate::{
    ledger::{Checkpoint, Frontier, Hash, Keys, TreeHead, WitnessKey, cosigned, leaf_hash},
    sop::Sop,
};

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The ledger.
    pub origin: String,
    /// When the export says that it was written.
    pub at: String,
    /// Its tree.
    pub head: TreeHead,
    /// How many checkpoints hold.
    pub checkpoints: u64,
    /// How many exceptions there are.
    pub exceptions: u64,
    /// How many times something took effect, each by a quorum.
    pub effects: u64,
    /// How many rows are what the events fold to.
    pub rows: u64,
    /// How many openings open their commitment.
    pub openings: u64,
    /// Of each witness that the auditor named, the checkpoints that it cosigned: how many, and the size of the last.
    pub witnessed: BTreeMap<String, (u64, u64)>,
}

/// An export on its way through.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: Keys,
    /// The roots that the auditor knows to have been signed, by checkpoints from elsewhere, and of which size.
    external: BTreeMap<u64, Hash>,
    /// The witnesses whose cosignatures have to hold, and what they cosigned.
    witnesses: Vec<WitnessKey>,
    witnessed: BTreeMap<String, (u64, u64)>,
    tree: Frontier,
    story: Story,
    heading: Option<Heading>,
    digested: Digested,
    signed: u64,
    checkpoints: u64,
    openings: u64,
    rows: BTreeSet<(String, String, Option<u64>)>,
    sealed: bool,
}

type Verdict = Result<(), (Option<u64>, String)>;

fn fault(what: &str) -> (Option<u64>, String) {
    (None, what.to_owned())
}

impl Verifier {
    /// A verifier that believes these keys; `external` are checkpoints that came another way. One that none of the
    /// keys signed is refused, and so are two of one size that differ: the ledger was told in two ways.
    pub fn new(keys: Keys, external: &[String]) -> Result<Self, Fault> {
        let refused = |what: String| Fault { leaf: None, line: 0, what };
        let mut known = BTreeMap::new();
        for note in external {
            let opened = Checkpoint::open(note, &keys);
            let head = opened.map_err(|error| refused(format!("an external checkpoint: {error}")))?.head;
            if known.insert(head.size, head.root).is_some_and(|other| other != head.root) {
                return Err(refused(format!("two external checkpoints of {} leaves differ", head.size)));
            }
        }
        Ok(Self {
            story: Story::believing(keys.clone()),
            keys,
            external: known,
            witnesses: Vec::new(),
            witnessed: BTreeMap::new(),
            tree: Frontier::empty(),
            heading: None,
            digested: Digested::default(),
            signed: 0,
            checkpoints: 0,
            openings: 0,
            rows: BTreeSet::new(),
            sealed: false,
        })
    }

    /// The same that holds every checkpoint to these witnesses too: what stands there in the name of one of them has
    /// to be theirs, and each has to have cosigned something.
    #[must_use]
    pub fn with_witnesses(self, witnesses: Vec<WitnessKey>) -> Self {
        Self { witnesses, ..self }
    }

    /// Takes the next line, without its end.
    pub fn take(&mut self, text: &str) -> Result<(), Fault> {
        let line = self.digested.lines() + 1;
        let judged = match Line::read(text) {
            Some(Line::Seal(seal)) => self.seal(&seal),
            Some(read) => self.line(read),
            None => Err(fault("this is no line of an export")),
        };
        self.digested.take(text);
        judged.map_err(|(leaf, what)| Fault { leaf, line, what })
    }

    fn line(&mut self, line: Line) -> Verdict {
        if self.sealed || self.heading.is_none() != matches!(line, Line::Export(_)) {
            return Err(fault("a line stands where none of its kind can"));
        }
        match line {
            Line::Export(heading) => self.begin(heading),
            Line::Procedure(text) => self.procedure(&text),
            Line::Leaf(place, body) => self.leaf(place, &body),
            Line::Checkpoint(note) => self.checkpoint(&note),
            Line::Opening(opened) if opened.opens() => {
                self.openings += 1;
                Ok(())
            }
            Line::Opening(opened) => Err((None, format!("an opening does not open {}", opened.c))),
            Line::Row(row) => self.row(&row),
            Line::Seal(_) => Ok(()),
        }
    }

    fn begin(&mut self, heading: Heading) -> Verdict {
        if heading.version != VERSION {
            return Err((None, format!("version {} of exports is not known here", heading.version)));
        }
        self.heading = Some(heading);
        Ok(())
    }

    fn procedure(&mut self, text: &str) -> Verdict {
        let sop = Sop::load(text, &BTreeMap::new());
        let sop = sop.map_err(|error| (None, format!("a procedure cannot be read: {error}")))?;
        self.story.texts.insert(Hash::of(text.as_bytes()), Arc::new(sop));
        Ok(())
    }

    fn leaf(&mut self, place: u64, body: &str) -> Verdict {
        if place != self.tree.size() {
            return Err((Some(self.tree.size()), format!("leaf {place} stands in its place")));
        }
        self.tree.append(leaf_hash(body.as_bytes()));
        if self.external.get(&self.tree.size()).is_some_and(|known| *known != self.tree.root()) {
            return Err((
                Some(place),
                "the leaves up to here are not those of the checkpoint from elsewhere".to_owned(),
            ));
        }
        self.story.take(place, body).map_err(|what| (Some(place), what))
    }

    /// Each checkpoint stands behind the leaves that it covers; that all of them are roots of one growing tree
    /// is what makes them consistent.
    fn checkpoint(&mut self, note: &str) -> Verdict {
        let last = self.tree.size().checked_sub(1);
        let signed = Checkpoint::open(note, &self.keys).map_err(|error| (last, error.to_string()))?;
        if signed.head != self.tree.head() {
            return Err((last, format!("the first {} leaves are not those that were signed", signed.head.size)));
        }
        if self.heading.as_ref().is_some_and(|heading| heading.origin != signed.origin) {
            return Err((last, "the checkpoint is of another ledger".to_owned()));
        }
        if signed.head.size <= self.signed {
            return Err((last, "a checkpoint stands there twice".to_owned()));
        }
        self.signed = signed.head.size;
        self.checkpoints += 1;
        let cosigned = cosigned(note, &self.witnesses)
            .ok_or_else(|| (last, "a cosignature in the name of a witness is not its own".to_owned()))?;
        for said in cosigned {
            let (count, size) = self.witnessed.entry(said.witness).or_default();
            (*count, *size) = (*count + 1, signed.head.size);
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Verdict {
        rows::agrees(&self.story, row)?;
        let name = row.columns.get("id").or_else(|| row.columns.get("exception"));
        let name = name.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let leaf = row.columns.get("leaf").and_then(serde_json::Value::as_u64);
        if self.rows.insert((row.table.clone(), name, leaf)) { Ok(()) } else { Err(fault("a row stands there twice")) }
    }

    fn seal(&mut self, seal: &str) -> Verdict {
        if self.sealed || !self.digested.is_sealed(seal, &self.keys) {
            return Err(fault("the seal is not one over exactly the lines before it"));
        }
        self.sealed = true;
        Ok(())
    }

    /// Ends; says what was verified, or what is missing.
    pub fn finish(self) -> Result<Outcome, Fault> {
        let (line, last) = (self.digested.lines(), self.tree.size().checked_sub(1));
        let missing = |leaf: Option<u64>, what: String| Fault { leaf, line, what };
        let head = self.tree.head();
        let heading = self.heading.ok_or_else(|| missing(None, "the export is empty".to_owned()))?;
        if heading.leaves != head.size || self.signed != head.size {
            return Err(missing(last, "leaves are missing, or not all of them were signed".to_owned()));
        }
        if self.external.keys().any(|known| *known > head.size) {
            return Err(missing(last, "the export ends before the checkpoint from elsewhere".to_owned()));
        }
        if let Some(silent) = self.witnesses.iter().find(|key| !self.witnessed.contains_key(key.name())) {
            return Err(missing(last, format!("{} witnessed nothing of this export", silent.name())));
        }
        let rows = u64::try_from(self.rows.len()).unwrap_or(0);
        if rows != rows::expected(&self.story) {
            return Err(missing(last, "rows are missing of what the events tell of".to_owned()));
        }
        if !self.sealed {
            return Err(missing(last, "the export is cut off: its seal is missing".to_owned()));
        }
        Ok(Outcome {
            origin: heading.origin,
            at: heading.at,
            head,
            checkpoints: self.checkpoints,
            exceptions: u64::try_from(self.story.exceptions.len()).unwrap_or(0),
            effects: self.story.effects,
            rows,
            openings: self.openings,
            witnessed: self.witnessed,
        })
    }

    /// How many leaves were taken so far.
    pub fn leaves(&self) -> u64 {
        self.tree.size()
    }
}
