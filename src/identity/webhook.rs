//! Is a message from outside genuine? Three ways to sign one, each judged in constant time over the bytes
//! that came; and the first of them for what we send. What a message says, and whom it is from, is not known here.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{
    clock::{NoRandomness, Random},
    domain::request::Time,
    words::Hash,
};

/// What a secret of Standard Webhooks begins with.
const PREFIX: &str = "whsec_";
/// How far the time of a signature may lie from the present.
const TOLERANCE: Duration = Duration::minutes(5);
/// The shortest secret, in bytes.
const SHORTEST: usize = 16;
/// The longest name of a delivery, in bytes.
const LONGEST_NAME: usize = 255;

/// How a source signs what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` and `webhook-signature` (`v1`, HMAC-SHA256).
    StandardWebhooks,
    /// `X-Hub-Signature-256: sha256=…`, HMAC-SHA256 over the body.
    HubSignature,
    /// The secret itself in a header.
    SharedSecret,
}

impl Scheme {
    /// Their names in the configuration.
    pub const NAMES: [&str; 3] = ["standard-webhooks", "hub-signature-256", "shared-secret"];
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [standard, hub, shared] = Self::NAMES;
        f.write_str(match self {
            Self::StandardWebhooks => standard,
            Self::HubSignature => hub,
            Self::SharedSecret => shared,
        })
    }
}

impl FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [standard, hub, shared] = Self::NAMES;
        let known = [(standard, Self::StandardWebhooks), (hub, Self::HubSignature), (shared, Self::SharedSecret)];
        let found = known.into_iter().find(|(name, _)| *name == text).map(|(_, scheme)| scheme);
        found.ok_or_else(|| format!("write one of: {}", Self::NAMES.join(", ")))
    }
}

/// What a source signs with. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The secret as it is written: of Standard Webhooks `whsec_` and Base64, else as it stands.
    pub fn read(scheme: Scheme, text: &str) -> Result<Self, String> {
        let bytes = match scheme {
            Scheme::StandardWebhooks => {
                let encoded = text.strip_prefix(PREFIX).ok_or("write the secret as `whsec_` and Base64")?;
                STANDARD.decode(encoded).map_err(|_| "what follows `whsec_` is no Base64")?
            }
            Scheme::HubSignature | Scheme::SharedSecret => text.as_bytes().to_vec(),
        };
        if bytes.len() < SHORTEST {
            return Err(format!("a secret has at least {SHORTEST} bytes; draw a longer one at random"));
        }
        Ok(Self(bytes))
    }
}

impl Secret {
    /// A new secret of Standard Webhooks: `whsec_` and 256 bits in Base64.
    pub fn draw(random: &Random) -> Result<String, NoRandomness> {
        Ok(format!("{PREFIX}{}", STANDARD.encode(random.bytes32()?)))
    }

    /// Was just this shown? Told in the same time whatever was.
    pub fn is(&self, shown: &str) -> bool {
        // Hashes have one length, so that the comparison takes one time.
        let (shown, kept) = (Hash::of(shown.as_bytes()), Hash::of(&self.0));
        bool::from(shown.0.ct_eq(&kept.0))
    }

    /// The signature of a message as its header has it (Standard Webhooks 1.0, "Signature scheme").
    pub fn sign(&self, id: &str, at: &str, body: &[u8]) -> String {
        let signature = mac(self, &[id.as_bytes(), b".", at.as_bytes(), b".", body]);
        let encoded = signature.map(|mac| STANDARD.encode(mac.finalize().into_bytes()));
        encoded.map_or_else(String::new, |encoded| format!("v1,{encoded}"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// A header that the scheme needs is missing, or has another form.
    #[error("the header `{0}` is missing or has another form")]
    Header(&'static str),
    /// The signature is another one.
    #[error("the signature is not that of these bytes with the secret of this source")]
    Signature,
    /// The time of the signature is too far from the present.
    #[error("the signature's time is more than five minutes from the present")]
    Stale,
}

/// A message as it came.
pub struct Sent<'s> {
    /// Its headers by name in lower case.
    pub header: &'s dyn Fn(&str) -> Option<&'s str>,
    /// Its body.
    pub body: &'s [u8],
    /// When it came.
    pub now: Time,
}

impl fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sent({} bytes)", self.body.len())
    }
}

/// Judges a message; with Standard Webhooks it has a name by which a repetition is known. `header` is where a
/// shared secret stands.
pub fn believe((scheme, secret): (Scheme, &Secret), header: &str, sent: &Sent<'_>) -> Result<Option<Hash>, Unbelieved> {
    match scheme {
        Scheme::StandardWebhooks => standard(secret, sent).map(Some),
        Scheme::HubSignature => hub(secret, sent).map(|()| None),
        Scheme::SharedSecret => {
            let shown = (sent.header)(header).ok_or(Unbelieved::Header("of the shared secret"))?;
            if secret.is(shown) { Ok(None) } else { Err(Unbelieved::Signature) }
        }
    }
}

/// Standard Webhooks 1.0, "Verifying webhook authenticity".
fn standard(secret: &Secret, sent: &Sent<'_>) -> Result<Hash, Unbelieved> {
    let shown = |name: &'static str| (sent.header)(name).ok_or(Unbelieved::Header(name));
    let (id, at, signatures) = (shown("webhook-id")?, shown("webhook-timestamp")?, shown("webhook-signature")?);
    let named = (1..=LONGEST_NAME).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !named {
        return Err(Unbelieved::Header("webhook-id"));
    }
    let time = at.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let time = time.ok_or(Unbelieved::Header("webhook-timestamp"))?;
    let genuine = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(|one| {
        let signed = [id.as_bytes(), b".", at.as_bytes(), b".", sent.body];
        STANDARD.decode(one).is_ok_and(|signature| is_signed(secret, &signed, &signature))
    });
    if !genuine {
        return Err(Unbelieved::Signature);
    }
    if (sent.now - time).abs() > TOLERANCE {
        return Err(Unbelieved::Stale);
    }
    Ok(Hash::of(id.as_bytes()))
}

fn hub(secret: &Secret, sent: &Sent<'_>) -> Result<(), Unbelieved> {
    const NAME: &str = "x-hub-signature-256";
    let shown = (sent.header)(NAME).and_then(|text| text.strip_prefix("sha256=")).ok_or(Unbelieved::Header(NAME))?;
    let signature = hex::decode(shown).map_err(|_| Unbelieved::Header(NAME))?;
    if is_signed(secret, &[sent.body], &signature) { Ok(()) } else { Err(Unbelieved::Signature) }
}

/// HMAC-SHA256 over the parts, compared in constant time.
fn is_signed(secret: &Secret, parts: &[&[u8]], signature: &[u8]) -> bool {
    mac(secret, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

fn mac(secret: &Secret, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    /// The example of the specification's reference libraries, of 2021.
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn judged(scheme: Scheme, secret: &str, headers: &[(&str, &str)], now: i64) -> Result<Option<Hash>, Unbelieved> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let sent = Sent { header: &header, body: BODY, now: DateTime::from_timestamp(now, 0).expect("a time") };
        believe((scheme, &Secret::read(scheme, secret).expect("a secret")), "x-secret", &sent)
    }

    fn standard_at(now: i64, signature: &str) -> Result<Option<Hash>, Unbelieved> {
        let id = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let headers = [id, ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)];
        judged(Scheme::StandardWebhooks, SECRET, &headers, now)
    }

    #[test]
    fn standard_webhooks_as_the_specification_signs_them() {
        let named = standard_at(1_614_265_330, SIGNATURE).expect("genuine");
        assert_eq!(named, Some(Hash::of(b"msg_p5jXN8AQM9LWM0D4loKWxJek")));
        let ours = Secret::read(Scheme::StandardWebhooks, SECRET).expect("a secret");
        assert_eq!(ours.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY), SIGNATURE);
        let several = format!("v1a,AAAA v1,AAAA {SIGNATURE}");
        assert!(standard_at(1_614_265_330 + 300, &several).is_ok(), "one of several signatures, at the last second");
        assert_eq!(standard_at(1_614_265_330 + 301, SIGNATURE), Err(Unbelieved::Stale));
        assert_eq!(standard_at(1_614_265_330 - 301, SIGNATURE), Err(Unbelieved::Stale));
        for forged in ["v1,AAAA", "", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,!"] {
            assert_eq!(standard_at(1_614_265_330, forged), Err(Unbelieved::Signature), "{forged}");
        }
    }

    #[test]
    fn a_missing_header_is_named() {
        let all = [("webhook-id", "a"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,AA")];
        for (missing, _) in all {
            let rest: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
            assert_eq!(judged(Scheme::StandardWebhooks, SECRET, &rest, 1), Err(Unbelieved::Header(missing)));
        }
        let odd = [("webhook-id", "a"), ("webhook-timestamp", "soon"), ("webhook-signature", "v1,AA")];
        assert_eq!(judged(Scheme::StandardWebhooks, SECRET, &odd, 1), Err(Unbelieved::Header("webhook-timestamp")));
    }

    #[test]
    fn hub_signatures_and_shared_secrets() {
        let secret = "It's a Secret to Everybody";
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(BODY);
        let genuine = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let hub = |text: &str| judged(Scheme::HubSignature, secret, &[("x-hub-signature-256", text)], 0);
        assert_eq!(hub(&genuine), Ok(None));
        assert_eq!(hub(&genuine.replace("sha256=", "sha1=")), Err(Unbelieved::Header("x-hub-signature-256")));
        assert_eq!(hub(&format!("sha256={}", "00".repeat(32))), Err(Unbelieved::Signature));
        assert_eq!(hub("sha256="), Err(Unbelieved::Signature));
        let shared = |text: &str| judged(Scheme::SharedSecret, secret, &[("x-secret", text)], 0);
        assert_eq!(shared(secret), Ok(None));
        assert_eq!(shared("It's a Secret to Nobody"), Err(Unbelieved::Signature));
        assert!(judged(Scheme::SharedSecret, secret, &[], 0).is_err());
    }

    #[test]
    fn secrets_are_long_and_show_nothing() {
        assert!(Secret::read(Scheme::SharedSecret, "short").is_err());
        assert!(Secret::read(Scheme::StandardWebhooks, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
        assert!(Secret::read(Scheme::StandardWebhooks, "whsec_!").is_err());
        let secret = Secret::read(Scheme::SharedSecret, "correct horse battery").expect("long enough");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
