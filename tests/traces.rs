//! Traces as a collector of OpenTelemetry gets them from the program, in a build with `--features otel`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

/// The trace that a client began (W3C Trace Context §3.2.2).
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector: what it was sent, as head and body.
fn collector() -> (SocketAddr, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (sender, sent) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            sender.send(taken(&stream)).unwrap();
            (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    (at, sent)
}

fn taken(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "a head that ends: {head}");
    }
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    (head, body)
}

/// The demonstration, sending its traces there; what it listens on.
fn demonstration(folder: &std::path::Path, collector: SocketAddr) -> (Child, String) {
    let endpoint = format!("telemetry.endpoint=http://{collector}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_proviso"))
        .args(["demo", "--bind", "127.0.0.1:0", "--set", &endpoint, "--folder"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let at = first.split_whitespace().find(|word| word.starts_with("http://"));
    (child, at.unwrap_or_else(|| panic!("it says: {first}")).to_owned())
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_command_is_part_of_the_trace_that_its_client_began() {
    let (collector, sent) = collector();
    let folder = tempfile::tempdir().unwrap();
    let (mut child, at) = demonstration(folder.path(), collector);
    let password = proviso::app::DEMO_PASSWORD;
    let body = format!("{{\"email\":\"rita@example.com\",\"password\":\"{password}\"}}");
    let session = ureq::post(format!("{at}/v1/session")).header("origin", &at).content_type("application/json");
    let session = session.send(&body).unwrap();
    let cookie = session.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    let draft = ureq::post(format!("{at}/v1/exceptions")).header("origin", &at).header("cookie", &cookie);
    let draft = draft.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let reply = draft.content_type("application/json").send("{\"title\":\"A title nobody else reads\"}").unwrap();
    assert_eq!(reply.status(), 201);
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(asked.success() && child.wait().unwrap().success(), "it ends in order");

    let trace = hex::decode(TRACE).unwrap();
    let mut names = Vec::new();
    while let Ok((head, body)) = sent.try_recv() {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/x-protobuf"), "{head}");
        for secret in ["A title nobody else reads", "rita@example.com", password, &cookie] {
            assert!(!holds(&body, secret.as_bytes()), "{secret} is nobody else's");
        }
        if holds(&body, &trace) {
            let known = ["POST /v1/exceptions", "command", "proviso.verb", "http.response.status_code"];
            names.extend(known.into_iter().filter(|name| holds(&body, name.as_bytes())));
        }
    }
    for name in ["POST /v1/exceptions", "command", "http.response.status_code"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}
