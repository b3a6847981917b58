//! A mail server that takes everything and keeps nothing but when the first and the last mail came.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};

use anyhow::{Context, Result};

/// When mails came.
#[derive(Debug, Default)]
struct Seen {
    first: Option<Instant>,
    last: Option<Instant>,
    taken: usize,
}

/// The server; its threads end with the process.
#[derive(Debug)]
pub(crate) struct Sink {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Sink {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let sink = Self { port: listener.local_addr()?.port(), seen: Arc::default() };
        let seen = Arc::clone(&sink.seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || talk(&stream, &seen));
            }
        });
        Ok(sink)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn taken(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).taken
    }

    /// Mails in a second, from the first to the last.
    pub(crate) fn rate(&self) -> Result<f64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = seen.first.zip(seen.last).context("nothing came")?;
        Ok(crate::rate(seen.taken.saturating_sub(1), last - first))
    }
}

/// One connection, until its client goes away (RFC 5321 §4.1).
fn talk(stream: &TcpStream, seen: &Mutex<Seen>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::new(stream).lines();
    let say = |words: &[u8]| {
        let mut to = stream;
        to.write_all(words).ok()
    };
    say(b"220 sink\r\n")?;
    loop {
        match lines.next()?.ok()?.get(..4)? {
            "DATA" => {
                say(b"354 go on\r\n")?;
                lines.next()?.ok()?;
                // With a byte of the answer goes the acknowledgement that the rest of the mail waits for
                // (RFC 896), forty milliseconds before it would go by itself: it is not them we measure.
                say(b"2")?;
                lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").for_each(drop);
                let (mut seen, now) = (seen.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
                seen.first.get_or_insert(now);
                seen.last = Some(now);
                seen.taken += 1;
                say(b"50 taken\r\n")?;
            }
            "QUIT" => return say(b"221 bye\r\n"),
            _ => say(b"250 sink\r\n")?,
        }
    }
}
