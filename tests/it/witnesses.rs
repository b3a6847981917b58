//! Witnesses of the ledger: small servers on this machine that hold it to what they saw before (C2SP tlog-witness),
//! written here from the standard, and what the service, its pages and its exports make of what they sign.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use proviso::{
    app::Texts,
    audit::{Outcome, Verifier},
    config::Config,
    ledger::{
        Checkpoint, Hash, Keys, Receipt, TreeHead, WitnessKey, cosigned, verify_consistency, witness::signed_text,
    },
};

use crate::{proof::key, world::World};

/// How a witness behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Honest,
    /// Its answers are signed with another key.
    Forging,
    Broken,
}

/// A witness: the largest tree that it saw, and its key.
struct Seen {
    head: TreeHead,
    mood: Mood,
    asked: usize,
}

struct Witness {
    at: SocketAddr,
    name: String,
    key: WitnessKey,
    seen: Arc<Mutex<Seen>>,
}

fn keys() -> Keys {
    Keys(vec![key(1).verifier().clone()])
}

impl Witness {
    fn new(seed: u8) -> Self {
        let name = format!("w{seed}.example.org");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let key = WitnessKey::of(&name, signer.verifying_key().to_bytes()).unwrap();
        let head = TreeHead { size: 0, root: proviso::ledger::empty_root() };
        let state = Arc::new(Mutex::new(Seen { head, mood: Mood::Honest, asked: 0 }));
        let (kept, known) = (Arc::clone(&state), key.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let body = taken(&stream);
                let (status, answer) = judged(&mut kept.lock().unwrap(), &body, (&signer, &known));
                let length = answer.len();
                let told =
                    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}");
                drop((&stream).write_all(told.as_bytes()));
            }
        });
        Self { at, name, key, seen: state }
    }

    fn behaves(&self, mood: Mood) {
        self.seen.lock().unwrap().mood = mood;
    }

    fn size(&self) -> u64 {
        self.seen.lock().unwrap().head.size
    }

    fn asked(&self) -> usize {
        self.seen.lock().unwrap().asked
    }
}

/// The body of a request to add a checkpoint.
fn taken(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("POST /log/add-checkpoint "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

/// What the standard has a witness answer.
fn judged(seen: &mut Seen, body: &str, (signer, key): (&SigningKey, &WitnessKey)) -> (&'static str, String) {
    seen.asked += 1;
    if seen.mood == Mood::Broken {
        return ("503 Service Unavailable", "later".to_owned());
    }
    let (lines, note) = body.split_once("\n\n").unwrap();
    let mut lines = lines.lines();
    let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
    let proof: Vec<Hash> = lines.map(|line| Hash(STANDARD.decode(line).unwrap().try_into().unwrap())).collect();
    let Ok(checkpoint) = Checkpoint::open(note, &keys()) else { return ("403 Forbidden", String::new()) };
    if old != seen.head.size {
        return ("409 Conflict", format!("{}\n", seen.head.size));
    }
    if verify_consistency(seen.head, checkpoint.head, &proof).is_err() {
        return ("422 Unprocessable Entity", String::new());
    }
    seen.head = checkpoint.head;
    let at = 1_772_000_000 + checkpoint.head.size;
    let text = note.split_inclusive("\n\n").next().unwrap().strip_suffix('\n').unwrap();
    let forged = SigningKey::from_bytes(&[99; 32]);
    let signer = if seen.mood == Mood::Forging { &forged } else { signer };
    let signature = signer.sign(format!("{}{text}", signed_text(at)).as_bytes()).to_bytes();
    let id = u32::from_str_radix(key.as_str().split('+').nth(1).unwrap(), 16).unwrap();
    let bytes = [id.to_be_bytes().as_slice(), &at.to_be_bytes(), &signature].concat();
    ("200 OK", format!("\u{2014} {} {}\n", key.name(), STANDARD.encode(bytes)))
}

/// A world whose ledger these witness, two of them being enough.
struct Watched {
    world: World,
    _folder: tempfile::TempDir,
}

fn watched(witnesses: &[&Witness], permitted: &str) -> Watched {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("witnesses");
    let line = |one: &&Witness| format!("witness {} {} http://{}/log/\n", one.name, one.key, one.at);
    let names: Vec<&str> = witnesses.iter().map(|one| one.name.as_str()).collect();
    let lines: String = witnesses.iter().map(line).collect();
    std::fs::write(
        &file,
        format!("# ours\n{lines}group enough {} {}\nquorum enough\n", 2.min(names.len()), names.join(" ")),
    )
    .unwrap();
    let signing = key(1);
    let settings = [
        ("ledger.key", signing.reveal()),
        ("ledger.witnesses", file.to_str().unwrap()),
        ("outbound.private_hosts", permitted),
    ];
    Watched { world: World::with(&settings), _folder: folder }
}

fn run(world: &World) {
    world.app.jobs().unwrap().run_due(world.now());
}

/// Something happens, is signed, and the witnesses are asked.
fn goes_on(world: &World) -> u64 {
    world.file();
    world.minutes(1);
    run(world);
    world.app.desk().checkpoint().unwrap().head.size
}

fn signed_by(world: &World, witnesses: &[&Witness]) -> Vec<String> {
    let note = world.get("rita", "/v1/ledger/checkpoint").text;
    assert!(Checkpoint::open(&note, &keys()).is_ok(), "the ledger's own signature stands there as ever");
    let keys: Vec<WitnessKey> = witnesses.iter().map(|one| one.key.clone()).collect();
    cosigned(&note, &keys).unwrap().into_iter().map(|said| said.witness).collect()
}

fn verified(world: &World, witnesses: &[&Witness]) -> Result<Outcome, proviso::audit::Fault> {
    let mut out = Vec::new();
    world.app.export(&mut out, Texts::Sealed, &mut |_, _| {}).unwrap();
    let keyed = witnesses.iter().map(|one| one.key.clone()).collect();
    let mut verifier = Verifier::new(keys(), &[])?.with_witnesses(keyed);
    String::from_utf8(out).unwrap().lines().try_for_each(|line| verifier.take(line))?;
    verifier.finish()
}

#[test]
fn witnesses_cosign_what_grows_and_an_export_has_what_they_signed() {
    let [one, two, three] = [11, 12, 13].map(Witness::new);
    let Watched { world, _folder } = watched(&[&one, &two, &three], "127.0.0.1");
    let size = goes_on(&world);
    assert_eq!([one.size(), two.size(), three.size()], [size; 3]);
    assert_eq!(signed_by(&world, &[&one, &two, &three]).len(), 3);
    let before = one.asked();
    run(&world);
    assert_eq!(one.asked(), before, "who signed the newest is left alone");
    let grown = goes_on(&world);
    assert!(grown > size && one.size() == grown, "from what it saw, by a proof of consistency");
    let page = world.get("gita", "/ledger").text;
    assert!(page.contains("w11.example.org, w12.example.org, w13.example.org (of 3)"), "{page}");
    assert!(page.contains(&format!("checkpoint of {grown} events")), "{page}");
    let outcome = verified(&world, &[&one, &two]).unwrap();
    assert_eq!(outcome.witnessed[&one.name], (2, grown));
    let id = world.file();
    world.minutes(1);
    run(&world);
    let receipt = Receipt::read(&world.get("rita", &format!("/v1/exceptions/{id}/proof")).text).unwrap();
    assert!(receipt.verify(receipt.extra.as_deref().unwrap(), &keys()).is_ok());
    assert_eq!(cosigned(&receipt.checkpoint, std::slice::from_ref(&one.key)).unwrap().len(), 1);
    let stranger = Witness::new(14);
    let fault = verified(&world, &[&stranger]).unwrap_err();
    assert!(fault.what.contains("w14.example.org witnessed nothing"), "{}", fault.what);
}

#[test]
fn one_that_fails_holds_nothing_up_and_is_told_of_when_too_few_are_left() {
    let [one, two] = [21, 22].map(Witness::new);
    let Watched { world, _folder } = watched(&[&one, &two], "127.0.0.1");
    two.behaves(Mood::Broken);
    goes_on(&world);
    assert_eq!(signed_by(&world, &[&one, &two]), std::slice::from_ref(&one.name));
    let ready = world.get("rita", "/readyz").expect(200);
    assert_eq!((&ready["ready"], ready["warnings"].as_array().unwrap().len()), (&true.into(), 0), "not at once");
    world.minutes(3);
    let ready = world.get("rita", "/readyz").expect(200);
    let warning = ready["warnings"][0].as_str().unwrap();
    assert!(warning.contains("1 of 2") && warning.contains("w22.example.org: it answered 503: later"), "{warning}");
    assert!(world.get("gita", "/ledger").text.contains("No checkpoint has been witnessed by enough"));
    let asked = two.asked();
    two.behaves(Mood::Forging);
    run(&world);
    assert_eq!(two.asked(), asked + 1);
    assert_eq!(
        signed_by(&world, &[&one, &two]),
        std::slice::from_ref(&one.name),
        "what it did not sign is not believed"
    );
    two.behaves(Mood::Honest);
    run(&world);
    assert_eq!(two.asked(), asked + 1, "it is left alone for a while");
    world.minutes(15);
    goes_on(&world);
    assert_eq!(signed_by(&world, &[&one, &two]).len(), 2, "it says what it knows, and is led on from there");
    assert!(world.get("rita", "/readyz").expect(200)["warnings"].as_array().unwrap().is_empty());
    verified(&world, &[&one, &two]).unwrap();
}

#[test]
fn a_witness_that_saw_more_than_there_is_signs_nothing_and_is_told_of() {
    let one = Witness::new(31);
    let Watched { world, _folder } = watched(&[&one], "127.0.0.1");
    one.seen.lock().unwrap().head.size = 1_000_000;
    goes_on(&world);
    assert_eq!(one.asked(), 1);
    assert!(signed_by(&world, &[&one]).is_empty());
    world.minutes(3);
    let warning = world.get("rita", "/readyz").expect(200)["warnings"][0].as_str().unwrap().to_owned();
    assert!(warning.contains("has seen 1000000 leaves") && warning.contains("set back"), "{warning}");
}

#[test]
fn no_witness_is_asked_on_this_machine_unless_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let one = Witness::new(41);
    let file = folder.path().join("witnesses");
    let signing = key(1);
    let text = format!("witness {} {} http://{}/log/\nquorum {}\n", one.name, one.key, one.at, one.name);
    std::fs::write(&file, text).unwrap();
    let set = |more: &[(&str, &str)]| {
        let settings = [("ledger.key", signing.reveal()), ("ledger.witnesses", file.to_str().unwrap())];
        let all = settings.into_iter().chain(more.iter().copied());
        Config::load(
            None,
            std::iter::empty(),
            &all.map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<Vec<_>>(),
        )
    };
    let database = format!("sqlite:{}", folder.path().join("w.sqlite").display());
    let (attachments, mail) = (folder.path().join("files"), folder.path().join("mail"));
    let config = set(&[
        ("database.url", &database),
        ("attachments.path", attachments.to_str().unwrap()),
        ("mail.path", mail.to_str().unwrap()),
    ])
    .unwrap();
    let refused = proviso::app::App::open(config, proviso::app::Timing::system().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("ledger.witnesses: witness w41.example.org"), "{refused}");
    assert_eq!(one.asked(), 0);
    std::fs::write(&file, "witness odd key\nquorum odd\n").unwrap();
    let refused = set(&[]).unwrap_err().to_string();
    assert!(refused.contains("ledger.witnesses") && refused.contains("line 1"), "{refused}");
}
