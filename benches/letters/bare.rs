//! What lettre does by itself: it writes and sends mails of the same texts, on as many connections, and nothing is
//! looked up before. What is sent is marked as it has to be, one durable commit a mail, or not at all.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use lettre::{
    Message, SmtpTransport, Transport,
    message::{MultiPart, SinglePart},
    transport::smtp::PoolConfig,
};
use rusqlite::Connection;

use crate::{sink::Sink, written::Written};

/// How long a connection waits for another's commit.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends so many mails over so many connections, and marks each in a file of `marks` before that connection's next.
pub(crate) fn send(
    sink: &Sink,
    written: &Written,
    (mails, connections): (usize, usize),
    marks: Option<&Path>,
) -> Result<()> {
    let pool = PoolConfig::new().max_size(u32::try_from(connections)?);
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(sink.port()).pool_config(pool).build();
    let next = AtomicUsize::new(0);
    let file = marks.map(|folder| folder.join(format!("marks{connections}.sqlite")));
    if let Some(file) = &file {
        opened(file)?.execute_batch("CREATE TABLE sent (mail INTEGER PRIMARY KEY)")?;
    }
    let one = || -> Result<()> {
        let marks = file.as_deref().map(opened).transpose()?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= mails {
                return Ok(());
            }
            transport.send(&message(written, number)?)?;
            if let Some(marks) = &marks {
                marks.execute("INSERT INTO sent (mail) VALUES (?1)", [i64::try_from(number)?])?;
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a sender panicked"))?)
    })
}

/// As durable as Proviso's own.
fn opened(file: &Path) -> Result<Connection> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(PATIENCE)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    Ok(conn)
}

fn message(written: &Written, number: usize) -> Result<Message> {
    let letter = written.letter(number).context("no letters")?;
    let body = MultiPart::alternative()
        .singlepart(SinglePart::plain(letter.text.clone()))
        .singlepart(SinglePart::html(letter.html.clone()));
    let message = Message::builder().from("proviso@example.org".parse()?).to("reader@example.com".parse()?);
    Ok(message.subject(letter.subject.as_str()).multipart(body)?)
}
