//! Somebody who is sent webhooks: a small HTTP server on this machine that keeps what it got and answers as the
//! story says.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Got {
    pub head: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }
}

type Inbox = Arc<(Mutex<Vec<Got>>, Condvar)>;

/// The server; it answers 204 until it is told otherwise.
pub struct Receiver {
    pub at: SocketAddr,
    inbox: Inbox,
    answer: Arc<Mutex<Option<String>>>,
    silent: Arc<Mutex<Vec<TcpStream>>>,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (inbox, answer) = (Inbox::default(), Arc::new(Mutex::new(Some(with("204 No Content", "")))));
        let silent = Arc::<Mutex<Vec<TcpStream>>>::default();
        let (kept, given, held) = (Arc::clone(&inbox), Arc::clone(&answer), Arc::clone(&silent));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, given, held) = (Arc::clone(&kept), Arc::clone(&given), Arc::clone(&held));
                thread::spawn(move || match (taken(&stream, &kept), given.lock().unwrap().clone()) {
                    (true, Some(answer)) => drop((&stream).write_all(answer.as_bytes())),
                    (true, None) => held.lock().unwrap().push(stream),
                    (false, _) => {}
                });
            }
        });
        Self { at, inbox, answer, silent }
    }

    pub fn url(&self) -> String {
        format!("http://{}/in?token=hidden", self.at)
    }

    /// From now on: a status line's end, and further headers.
    pub fn answer(&self, status: &str, headers: &str) {
        *self.answer.lock().unwrap() = Some(with(status, headers));
    }

    /// From now on: nothing at all, while the connection stays open.
    pub fn fall_silent(&self) {
        *self.answer.lock().unwrap() = None;
    }

    pub fn got(&self) -> Vec<Got> {
        self.inbox.0.lock().unwrap().clone()
    }

    /// Ends the connections on which it said nothing, and answers from now on.
    pub fn wake(&self) {
        self.answer("204 No Content", "");
        self.silent.lock().unwrap().clear();
    }

    /// Answers late where it said nothing, and in time from now on.
    pub fn answer_late(&self) {
        self.answer("204 No Content", "");
        for stream in self.silent.lock().unwrap().drain(..) {
            (&stream).write_all(with("204 No Content", "").as_bytes()).unwrap();
        }
    }

    /// Waits until it got so many, for at most so long; did it?
    pub fn gets(&self, count: usize, within: Duration) -> bool {
        let (inbox, arrived) = &*self.inbox;
        let held = arrived.wait_timeout_while(inbox.lock().unwrap(), within, |got| got.len() < count).unwrap();
        held.0.len() >= count
    }
}

fn with(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n")
}

/// Takes a request; was there one?
fn taken(stream: &TcpStream, inbox: &Inbox) -> bool {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut headers = BTreeMap::new();
    if reader.read_line(&mut head).unwrap_or(0) == 0 {
        return false;
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let got = Got { head: head.trim().to_owned(), headers, body: String::from_utf8(body).unwrap() };
    inbox.0.lock().unwrap().push(got);
    inbox.1.notify_all();
    true
}
