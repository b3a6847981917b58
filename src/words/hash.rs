//! Hashes, canonical JSON and commitments: the bytes that the record stands on.
//!
//! Refuses to know what the fields mean, where leaves are kept, and where salts come from.

use std::array;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::exact;

const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];
const COMMITMENT_DOMAIN: &[u8] = b"proviso/v1";

/// A SHA-256 value: 32 bytes, written as 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Thirty-two random bytes that hide one value of one field until they are shown, or for ever.
///
/// It has no `Display` and no `Serialize`, and its `Debug` shows nothing: [`Salt::to_hex`] is
/// the one way out.
#[derive(Clone)]
pub struct Salt(pub [u8; 32]);

/// Why a text is not a hash or a [`Salt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// Not 64 characters.
    #[error("expected 64 hexadecimal characters")]
    Length,
    /// A character other than `0-9` and `a-f`; upper case is refused, so that a value has one text.
    #[error("expected only the characters 0-9 and a-f")]
    Character,
}

/// Why a value has no canonical JSON.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// An integer beyond ±(2^53 − 1): RFC 8785 would write its nearest double (§3.2.2.3, Appendix D).
    #[error("an integer beyond 2^53 - 1 must be written as a string")]
    InexactInteger,
    /// NaN or an infinity, which JSON does not have (RFC 8785 §3.2.2.3).
    #[error("NaN and infinities have no JSON form")]
    NotFinite,
    /// Not JSON at all: a key that is no string, a key given twice, or a failing `Serialize`.
    #[error("no JSON form: {0}")]
    Json(#[from] serde_json::Error),
}

/// The canonical JSON of `value` (RFC 8785): one text for one value, in UTF-8, without white space.
///
/// Stricter than the scheme in one point: an integer that a double cannot carry is refused,
/// because two different records would otherwise have the same text.
pub fn canonical(value: &impl Serialize) -> Result<String, LeafError> {
    exact::check(value)?;
    Ok(serde_json_canonicalizer::to_string(value)?)
}

/// The hash of a leaf's stored bytes: SHA-256(0x00 ‖ body), RFC 6962 §2.1.
pub fn leaf_hash(body: &[u8]) -> Hash {
    digest(&[&LEAF_PREFIX, body])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1.
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    digest(&[&NODE_PREFIX, &left.0, &right.0])
}

/// The plain SHA-256 of `bytes`, for attachments and documents; never for leaves or nodes.
pub fn content_hash(bytes: &[u8]) -> Hash {
    digest(&[bytes])
}

/// Commits to the `value` of a `field` without showing it: HMAC-SHA256 (RFC 2104) keyed with the
/// 32 bytes of `salt`, over exactly these bytes:
///
/// ```text
/// "proviso/v1"  0x00  field in UTF-8  0x00  value in UTF-8
/// ```
///
/// The first two parts hold no 0x00 and the value is the rest, so no other pair of field and
/// value has the same bytes. A `field` with a NUL would break that: [`opens`] never accepts one.
pub fn commit(salt: &Salt, field: &str, value: &str) -> Hash {
    // HMAC fills a key up to its block with zeros (RFC 2104 §2), so this is the salt as the key.
    let block: [u8; 64] = array::from_fn(|at| salt.0.get(at).copied().unwrap_or_default());
    let mac = Hmac::<Sha256>::new(&block.into());
    let tag = mac
        .chain_update(COMMITMENT_DOMAIN)
        .chain_update([0x00])
        .chain_update(field)
        .chain_update([0x00])
        .chain_update(value)
        .finalize();
    Hash(tag.into_bytes().into())
}

/// Whether `commitment` is [`commit`]`(salt, field, value)`; the comparison takes constant time.
pub fn opens(commitment: Hash, salt: &Salt, field: &str, value: &str) -> bool {
    let expected = commit(salt, field, value);
    !field.contains('\0') && bool::from(expected.0.ct_eq(&commitment.0))
}

fn digest(parts: &[&[u8]]) -> Hash {
    let whole = parts.iter().fold(Sha256::new(), Digest::chain_update);
    Hash(whole.finalize().into())
}

fn from_hex(text: &str) -> Result<[u8; 32], HexError> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return Err(HexError::Length);
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(HexError::Character);
    }
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError::Character)?;
    Ok(bytes)
}

impl Hash {
    /// The plain SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        content_hash(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        from_hex(text).map(Self)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl Salt {
    /// The salt as 64 lower-case hexadecimal characters, for the table of openings and an export.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

impl FromStr for Salt {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        from_hex(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn canonical_of(json: &str) -> String {
        canonical(&serde_json::from_str::<Value>(json).unwrap()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_8785_3_2_2_comes_out_byte_for_byte() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let octets = "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d\
            62657273223a5b3333333333333333332e333333333333332c31652b33302c342e352c302e303032\
            2c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c\
            222f227d";
        assert_eq!(hex::encode(canonical_of(input)), octets);
    }

    #[test]
    fn keys_are_in_the_utf_16_order_of_rfc_8785_3_2_3() {
        let input = r#"{
            "\u20ac": "Euro Sign",
            "\r": "Carriage Return",
            "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face",
            "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#;
        let sorted = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
            \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
            \"\u{1f600}\":\"Emoji: Grinning Face\",\
            \"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical_of(input), sorted);
    }

    #[test]
    fn numbers_are_written_as_in_rfc_8785_appendix_b() {
        let samples: [(u64, &str); 24] = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ];
        for (bits, text) in samples {
            let number = f64::from_bits(bits);
            assert_eq!(canonical(&number).unwrap(), text, "{bits:016x}");
            assert_eq!(canonical(&[number]).unwrap(), format!("[{text}]"));
        }
    }

    #[test]
    fn the_order_of_insertion_does_not_matter() {
        let one = json!({"b": [1, {"d": 2, "c": null}], "a": "x"});
        assert_eq!(canonical(&one).unwrap(), r#"{"a":"x","b":[1,{"c":null,"d":2}]}"#);
    }

    #[test]
    fn hashes_of_leaves_nodes_and_contents_are_separate() {
        let empty_leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(leaf_hash(b"").to_string(), empty_leaf);
        assert_eq!(content_hash(b"").to_string(), empty);
        let (left, right) = (leaf_hash(b""), leaf_hash(b"\x00"));
        let node = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        assert_eq!(node_hash(left, right).to_string(), node);
        let forged: Vec<u8> = [left.0, right.0].concat();
        assert_ne!(leaf_hash(&forged), node_hash(left, right));
    }

    #[test]
    fn a_hash_has_one_text() {
        let hash = leaf_hash(b"x");
        let text = hash.to_string();
        assert_eq!(text.parse(), Ok(hash));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
        assert_eq!(text[1..].parse::<Hash>(), Err(HexError::Length));
        assert_eq!(format!("{text}0").parse::<Hash>(), Err(HexError::Length));
        assert_eq!("".parse::<Hash>(), Err(HexError::Length));
        let upper = text.to_uppercase();
        assert_eq!(upper.parse::<Hash>(), Err(HexError::Character));
        assert!(serde_json::from_value::<Hash>(json!(upper)).is_err());
        assert_eq!("g".repeat(64).parse::<Hash>(), Err(HexError::Character));
        assert_eq!("é".repeat(32).parse::<Hash>(), Err(HexError::Character));
    }

    #[test]
    fn a_salt_goes_round_and_never_shows_in_debug() {
        let salt = Salt([0xab; 32]);
        assert_eq!(salt.to_hex().parse::<Salt>().unwrap().0, salt.0);
        assert!("AB".repeat(32).parse::<Salt>().is_err());
        assert_eq!(format!("{salt:?}"), "Salt(..)");
    }

    #[test]
    fn a_commitment_is_the_documented_bytes() {
        let salt = Salt(array::from_fn(|at| u8::try_from(at).unwrap()));
        let expected = "720e215d3bf1b342e264e4bbbeae93e2069c75d7f1242e355dd6cba82ea0c78b";
        assert_eq!(commit(&salt, "purpose", "triage").to_string(), expected);
    }

    #[test]
    fn a_commitment_opens_only_with_its_own_salt_field_and_value() {
        let salt = Salt([7; 32]);
        let commitment = commit(&salt, "field", "value");
        assert!(opens(commitment, &salt, "field", "value"));
        assert!(!opens(commitment, &Salt([8; 32]), "field", "value"));
        assert!(!opens(commitment, &salt, "fiel", "dvalue"));
        assert!(!opens(commitment, &salt, "field", "value "));
        assert!(!opens(leaf_hash(b""), &salt, "field", "value"));
        let shifted = commit(&salt, "a", "b\0c");
        assert!(opens(shifted, &salt, "a", "b\0c"));
        assert!(!opens(shifted, &salt, "a\0b", "c"));
    }
}
