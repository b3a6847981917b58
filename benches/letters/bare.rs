//! What lettre does by itself: it writes and sends mails of the same texts, on as many connections, and
//! nothing is looked up before or marked after.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context, Result, anyhow};
use lettre::{
    Message, SmtpTransport, Transport,
    message::{MultiPart, SinglePart},
    transport::smtp::PoolConfig,
};

use crate::{sink::Sink, written::Written};

/// Sends so many mails over so many connections.
pub(crate) fn send(sink: &Sink, written: &Written, (mails, connections): (usize, usize)) -> Result<()> {
    let pool = PoolConfig::new().max_size(u32::try_from(connections)?);
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(sink.port()).pool_config(pool).build();
    let next = AtomicUsize::new(0);
    let one = || -> Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= mails {
                return Ok(());
            }
            transport.send(&message(written, number)?)?;
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a sender panicked"))?)
    })
}

fn message(written: &Written, number: usize) -> Result<Message> {
    let letter = written.letter(number).context("no letters")?;
    let body = MultiPart::alternative()
        .singlepart(SinglePart::plain(letter.text.clone()))
        .singlepart(SinglePart::html(letter.html.clone()));
    let message = Message::builder().from("proviso@example.org".parse()?).to("reader@example.com".parse()?);
    Ok(message.subject(letter.subject.as_str()).multipart(body)?)
}
