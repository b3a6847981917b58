//! Another system as its vendor documents it: a server on 127.0.0.1 that knows a few requests by method,
//! path, query, headers and the schema of their body, and refuses every other.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde::Deserialize;
use serde_json::{Value, json};

/// One documented request with its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// Where the vendor documents it; for those who read.
    #[serde(default, rename = "documentation")]
    _documentation: String,
    pub method: String,
    /// Is it taken whatever it says?
    #[serde(default)]
    pub whatever: bool,
    /// A `*` stands for any text without a slash.
    pub path: String,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON Schema; no body where there is none.
    #[serde(default)]
    pub body: Option<Value>,
    /// The members of a form, in place of JSON.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
    pub status: u16,
    #[serde(default)]
    pub answer_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub answer: Value,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Came {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
    pub raw: String,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
}

/// The server.
pub struct Recorded {
    pub at: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    ending: Arc<AtomicBool>,
}

impl Recorded {
    /// Answers as these exchanges say, the first that fits.
    pub fn of(exchanges: Vec<Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let server =
            Self { at, came: Arc::default(), exchanges: Arc::new(Mutex::new(exchanges)), ending: Arc::default() };
        let (came, known, ending) =
            (Arc::clone(&server.came), Arc::clone(&server.exchanges), Arc::clone(&server.ending));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ending.load(Ordering::Relaxed) {
                    break;
                }
                let known = known.lock().unwrap().clone();
                stream.ok().and_then(|stream| answer(&stream, &known, &came));
            }
        });
        server
    }

    /// As a file beside this one says.
    pub fn reading(file: &str) -> Self {
        Self::of(serde_json::from_str(file).unwrap())
    }

    /// Answers otherwise from now on.
    pub fn now_answers(&self, exchanges: Vec<Exchange>) {
        *self.exchanges.lock().unwrap() = exchanges;
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// What came, and is not told again. The server is done with each before its answer is read.
    pub fn came(&self) -> Vec<Came> {
        std::mem::take(&mut *self.came.lock().unwrap())
    }

    /// What came, if all of it was as documented.
    #[track_caller]
    pub fn accepted(&self) -> Vec<Came> {
        let came = self.came();
        let refused: Vec<&Came> = came.iter().filter(|one| one.refused.is_some()).collect();
        assert!(refused.is_empty(), "{refused:#?}");
        came
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.at));
    }
}

/// Notes what came, then answers: whoever has the answer finds the note.
fn answer(mut stream: &TcpStream, known: &[Exchange], noted: &Mutex<Vec<Came>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        let before = headers.insert(name.to_lowercase(), value.to_owned());
        assert!(before.is_none(), "{name} came twice");
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    let raw = String::from_utf8(bytes).unwrap();
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut came = Came { line, headers, body: serde_json::from_str(&raw).unwrap_or(Value::Null), raw, refused: None };
    let here: Vec<_> =
        known.iter().filter(|one| one.is_at(&came.line)).map(|one| one.judge(&came).map(|()| one)).collect();
    let judged = here.into_iter().reduce(Result::or).unwrap_or_else(|| Err("no such request is documented".to_owned()));
    let (status, more, body) = match judged {
        Ok(one) => (one.status, one.answer_headers.clone(), one.answer.clone()),
        Err(why) => {
            came.refused = Some(why.clone());
            (400, BTreeMap::new(), json!({ "refused": why }))
        }
    };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let more: String = more.iter().flat_map(|(name, value)| [name.as_str(), ": ", value.as_str(), "\r\n"]).collect();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n",
        body.len()
    );
    noted.lock().unwrap().push(came);
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

impl Exchange {
    fn is_at(&self, line: &str) -> bool {
        let Some((method, target)) = line.split_once(' ') else { return false };
        method == self.method && like(&self.path, target.split('?').next().unwrap())
    }

    /// Everything about it is as documented, and nothing else is in it.
    fn judge(&self, came: &Came) -> Result<(), String> {
        if self.whatever {
            return Ok(());
        }
        let target = came.line.split_once(' ').map_or("", |(_, target)| target);
        let query = members(target.split_once('?').map_or("", |(_, query)| query));
        let well = |expected: &BTreeMap<String, String>, found: &BTreeMap<String, String>| {
            expected.len() == found.len()
                && expected.iter().all(|(name, value)| found.get(name).is_some_and(|one| like(value, one)))
        };
        if !well(&self.query, &query) {
            return Err(format!("the query is {query:?}, documented is {:?}", self.query));
        }
        for (name, value) in &self.headers {
            if !came.headers.get(name).is_some_and(|found| like(value, found)) {
                return Err(format!("{name} is {:?}, documented is {value:?}", came.headers.get(name)));
            }
        }
        if let Some(form) = &self.form {
            let found = members(&came.raw);
            return if well(form, &found) {
                Ok(())
            } else {
                Err(format!("the form is {found:?}, documented is {form:?}"))
            };
        }
        let Some(schema) = &self.body else {
            return if came.raw.is_empty() { Ok(()) } else { Err("it has a body".to_owned()) };
        };
        let validator = jsonschema::validator_for(schema).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&came.body).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

/// `name=value&…` of a query or a form.
fn members(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (decoded(name), decoded(value)));
    text.split('&').filter_map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A text as the pattern says, where `*` stands for any text without a slash.
fn like(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, .., last] = parts.as_slice() else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in parts.get(1..parts.len() - 1).unwrap() {
        let Some((skipped, after)) = rest.split_once(part) else { return false };
        if skipped.contains('/') {
            return false;
        }
        rest = after;
    }
    rest.strip_suffix(last).is_some_and(|skipped| !skipped.contains('/'))
}
