//! Witnesses: who else saw that the ledger only grew. Their keys and signatures (C2SP tlog-cosignature), what they
//! are asked (C2SP tlog-witness), and which of them are enough (C2SP tlog-policy). Refuses to know the network.

mod policy;

use std::{collections::BTreeSet, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature as Ed25519, VerifyingKey};
use signed_note::{Note, Signature, Verifier, VerifierList};

use crate::words::Hash;
pub use policy::{BadPolicy, Policy, Witness};

/// The signature type of a cosignature by Ed25519 (tlog-cosignature, "Format").
const COSIGNATURE: u8 = 4;
/// The longest consistency proof that a witness takes (tlog-witness, "add-checkpoint").
pub const MOST_HASHES: usize = 63;

/// A witness's key: `name+id+base64` with signature type 4 (tlog-cosignature, "Format").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WitnessKey {
    text: String,
    name: String,
    id: u32,
    public: [u8; 32],
}

/// Why a text is no witness's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a witness's key as its operator gives it, such as witness.example.org+1f2e3d4c+BH…, of type 4 (Ed25519 cosignatures)"
)]
pub struct BadWitnessKey;

/// What a witness said of a checkpoint: that as of an instant it is the largest that it saw, and led to by those
/// before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the key.
    pub witness: String,
    /// The line of the signed note, without its end.
    pub line: String,
    /// When, in seconds since the epoch, by the witness's clock.
    pub at: u64,
}

impl WitnessKey {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name that it signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes by which two keys are the same, whatever they are called.
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The key of this name and public half.
    pub fn of(name: &str, public: [u8; 32]) -> Result<Self, BadWitnessKey> {
        let encoded = [&[COSIGNATURE], public.as_slice()].concat();
        format!("{name}+{:08x}+{}", signed_note::key_id(name, &encoded), STANDARD.encode(encoded)).parse()
    }
}

impl Verifier for WitnessKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((at, signed)) = parted(signature) else { return false };
        let message = [signed_text(at).as_bytes(), text].concat();
        let Ok(key) = VerifyingKey::from_bytes(&self.public) else { return false };
        key.verify_strict(&message, &Ed25519::from_bytes(&signed)).is_ok()
    }
}

/// What stands before the checkpoint's text in what a witness signs (tlog-cosignature, "Ed25519 signed message").
pub fn signed_text(at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n")
}

/// The time and the signature; a time is below 2^63 and never 0.
fn parted(signature: &[u8]) -> Option<(u64, [u8; 64])> {
    let (at, signed) = signature.split_at_checked(8)?;
    let at = u64::from_be_bytes(at.try_into().ok()?);
    Some((at, signed.try_into().ok()?)).filter(|(at, _)| (1..=i64::MAX.unsigned_abs()).contains(at))
}

impl FromStr for WitnessKey {
    type Err = BadWitnessKey;

    fn from_str(text: &str) -> Result<Self, BadWitnessKey> {
        let text = text.trim();
        let (name, rest) = text.split_once('+').ok_or(BadWitnessKey)?;
        let (id, key) = rest.split_once('+').ok_or(BadWitnessKey)?;
        let bytes = STANDARD.decode(key).map_err(|_| BadWitnessKey)?;
        let claimed = u32::from_str_radix(id, 16).map_err(|_| BadWitnessKey)?;
        let public: [u8; 32] =
            bytes.strip_prefix(&[COSIGNATURE]).and_then(|key| key.try_into().ok()).ok_or(BadWitnessKey)?;
        let sound =
            id.len() == 8 && signed_note::is_key_name_valid(name) && claimed == signed_note::key_id(name, &bytes);
        if !sound || VerifyingKey::from_bytes(&public).is_err() {
            return Err(BadWitnessKey);
        }
        Ok(Self { text: text.to_owned(), name: name.to_owned(), id: claimed, public })
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

/// What these witnesses said of a checkpoint. `None` where a line in the name of one of them does not hold; lines of
/// others are passed over (signed-note, "Signatures").
pub fn cosigned(note: &str, keys: &[WitnessKey]) -> Option<Vec<Cosignature>> {
    let note = Note::from_bytes(note.as_bytes()).ok()?;
    let known = keys.iter().map(|key| -> Box<dyn Verifier> { Box::new(key.clone()) });
    match note.verify(&VerifierList::new(known.collect())) {
        Ok((signed, _)) => signed.iter().map(read).collect(),
        Err(signed_note::NoteError::UnverifiedNote) => Some(Vec::new()),
        Err(_) => None,
    }
}

fn read(signature: &Signature) -> Option<Cosignature> {
    let (at, _) = parted(signature.signature())?;
    let line = String::from_utf8(signature.to_bytes()).ok()?.trim_end().to_owned();
    Some(Cosignature { witness: signature.name().to_owned(), line, at })
}

/// A checkpoint with lines of its witnesses; one that stands there already is not put there twice.
pub fn with_lines<'l>(note: &str, lines: impl IntoIterator<Item = &'l str>) -> String {
    let mut whole = note.to_owned();
    let mut there: BTreeSet<String> = note.lines().map(str::to_owned).collect();
    for line in lines {
        if there.insert(line.to_owned()) {
            whole.push_str(line);
            whole.push('\n');
        }
    }
    whole
}

/// What a witness is sent (tlog-witness, "add-checkpoint"): the size that it knows, the way from there, the checkpoint.
pub fn add_checkpoint(old: u64, proof: &[Hash], note: &str) -> String {
    let hashes: String = proof.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect();
    format!("old {old}\n{hashes}\n{note}")
}

/// The size in the answer of a witness that knows another one: a decimal without leading zeroes, and a line's end.
pub fn known_size(body: &str) -> Option<u64> {
    let text = body.strip_suffix('\n')?;
    let size: u64 = text.parse().ok()?;
    (size.to_string() == text).then_some(size)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    /// The example of tlog-cosignature.
    const NOTE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    fn line(name: &str, (seed, at): (u8, u64), note: &str) -> String {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let key = key(name, seed);
        let text = note.split_inclusive("\n\n").next().unwrap().strip_suffix('\n').unwrap();
        let signature = signer.sign(format!("{}{text}", signed_text(at)).as_bytes());
        let bytes = [key.key_id().to_be_bytes().as_slice(), &at.to_be_bytes(), &signature.to_bytes()].concat();
        format!("\u{2014} {name} {}", STANDARD.encode(bytes))
    }

    fn key(name: &str, seed: u8) -> WitnessKey {
        WitnessKey::of(name, SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes()).unwrap()
    }

    #[test]
    fn a_cosignature_is_of_its_key_its_time_and_exactly_its_checkpoint() {
        let (one, other) = (key("w.example/1", 1), key("w.example/2", 2));
        let signed = with_lines(NOTE, [line("w.example/1", (1, 1_700_000_000), NOTE).as_str()]);
        let said = cosigned(&signed, &[one.clone(), other.clone()]).unwrap();
        assert_eq!(
            said.iter().map(|said| (said.witness.as_str(), said.at)).collect::<Vec<_>>(),
            [("w.example/1", 1_700_000_000)]
        );
        assert_eq!(with_lines(&signed, [said[0].line.as_str()]), signed, "a line stands there once");
        assert_eq!(cosigned(&signed, &[other]), Some(Vec::new()), "of others nothing is said");
        let moved = signed.replace("20852163", "20852164");
        assert_eq!(cosigned(&moved, std::slice::from_ref(&one)), None, "it is of another tree");
        let forged = with_lines(NOTE, [line("w.example/1", (3, 1), NOTE).as_str()]);
        assert_eq!(cosigned(&forged, std::slice::from_ref(&one)), Some(Vec::new()), "another key of the same name");
        let timeless = with_lines(NOTE, [line("w.example/1", (1, 0), NOTE).as_str()]);
        assert_eq!(cosigned(&timeless, &[one]), None);
    }

    #[test]
    fn a_witnesss_key_goes_round_and_a_ledgers_is_none() {
        let made = key("w.example/1", 1);
        assert_eq!(made.as_str().parse(), Ok(made.clone()));
        let ledger = crate::ledger::SigningKey::make("w.example/1", [1; 32]).unwrap();
        for text in ["", "w", "w+1+AA==", ledger.verifier().as_str(), &made.as_str().replace("w.example/1", "v")] {
            assert_eq!(text.parse::<WitnessKey>(), Err(BadWitnessKey), "{text}");
        }
    }

    #[test]
    fn a_request_has_the_old_size_the_way_and_the_checkpoint() {
        assert_eq!(add_checkpoint(0, &[], "note\n"), "old 0\n\nnote\n");
        assert_eq!(
            add_checkpoint(7, &[Hash([0; 32])], "note\n"),
            "old 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nnote\n"
        );
        assert_eq!(["12\n", "0\n", "012\n", "12", "x\n"].map(known_size), [Some(12), Some(0), None, None, None]);
    }
}
