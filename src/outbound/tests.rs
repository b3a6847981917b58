//! The guard against a corpus of addresses that lead astray, and against names that change their minds.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ureq::{
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

use super::*;

const CORPUS: &str = include_str!("corpus.txt");

/// Names that lead where the test says: at each question to the next of these, and to the last ever after.
#[derive(Debug, Clone)]
struct Names {
    answers: Vec<Vec<SocketAddr>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn leading(answers: &[&str]) -> Self {
        let one = |text: &&str| text.split(' ').map(|ip| SocketAddr::new(ip.parse().expect("an IP"), 443)).collect();
        Self { answers: answers.iter().map(one).collect(), asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let mut found = self.empty();
        for one in &self.answers[turn] {
            found.push(SocketAddr::new(one.ip(), uri.port_u16().unwrap_or(one.port())));
        }
        Ok(found)
    }
}

fn nobody() -> PrivateHosts {
    PrivateHosts::default()
}

fn permitting(text: &str) -> PrivateHosts {
    text.parse().expect("hosts")
}

fn settings(private_hosts: PrivateHosts) -> Settings {
    Settings {
        private_hosts,
        authority: None,
        connect: Duration::from_millis(500),
        total: Duration::from_millis(1_500),
    }
}

fn post(client: &Client, to: &Address) -> Result<Answer, Failed> {
    client.send(&Request { method: Method::Post, to, headers: &[("content-type", "text/plain")], body: b"hello" })
}

/// Somewhere that answers each request with these bytes; it tells the head and body of the last one it got.
fn receiver(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (at, taken) = (listener.local_addr().expect("an address"), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&taken);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            respond(stream, &answer);
        }
    });
    (at, taken)
}

fn respond(mut stream: TcpStream, answer: &[u8]) {
    let mut taken = Vec::new();
    let mut some = [0; 4096];
    while !taken.ends_with(b"hello") {
        match stream.read(&mut some) {
            Ok(0) | Err(_) => break,
            Ok(count) => taken.extend_from_slice(&some[..count]),
        }
    }
    let _ = stream.write_all(answer);
}

#[test]
fn nothing_of_the_corpus_passes() {
    let mut cases = 0;
    let mut passed = Vec::new();
    for line in CORPUS.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let (stage, url) = (parts.next().expect("a stage"), parts.next().unwrap_or_default());
        let leads = parts.next();
        let url = url.replace("\\t", "\t").replace("\\n", "\n");
        cases += 1;
        let refused = match (stage, Address::read(&url, &nobody())) {
            ("read", read) => read.is_err(),
            ("ask", Ok(to)) => {
                let names = Names::leading(&[leads.expect("where it leads")]);
                let client = Client::with_names(&settings(nobody()), names).expect("a client");
                matches!(post(&client, &to), Err(Failed::Unfit(Unfit::Private | Unfit::Never)))
            }
            other => panic!("{line}: {other:?}"),
        };
        if !refused {
            passed.push(line);
        }
    }
    assert!(passed.is_empty(), "passed: {passed:#?}");
    assert!(cases >= 200, "{cases}");
}

#[test]
fn what_leads_into_the_world_is_read_and_written_in_one_way() {
    for (written, read) in [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Hooks.Example.ORG:443/a/B?c=%2F&d", "https://hooks.example.org/a/B?c=%2F&d"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://[2606:2800:0220:0001::0001]/", "https://[2606:2800:220:1::1]/"),
        ("https://hooks.slack.com/services/T0/B0/x_y-z", "https://hooks.slack.com/services/T0/B0/x_y-z"),
        ("https://11.0.0.1/", "https://11.0.0.1/"),
        ("https://172.32.0.1/", "https://172.32.0.1/"),
        ("https://internal.example.org/", "https://internal.example.org/"),
    ] {
        let address = Address::read(written, &nobody()).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(address.reveal(), read);
        let uri: Uri = read.parse().expect("a URI");
        assert_eq!(uri.host(), Some(address.host()), "the client reads the same host");
        assert_eq!(uri.port_u16().unwrap_or(443), address.port());
    }
    let secret = Address::read("https://hooks.slack.com/services/T0/B0/abc", &nobody()).expect("an address");
    assert_eq!(format!("{secret:?}"), "Address(hooks.slack.com:443/..)");
}

#[test]
fn a_private_host_is_asked_only_by_its_exact_name_and_port() {
    let hosts = permitting("hooks.internal, 10.0.0.5:8443,  [::1]");
    assert_eq!(hosts.to_string(), "10.0.0.5:8443, [::1], hooks.internal");
    for well in ["http://hooks.internal/", "https://HOOKS.internal:9/", "https://10.0.0.5:8443/", "http://[0::1]/x"] {
        assert!(Address::read(well, &hosts).is_ok(), "{well}");
    }
    for ill in [
        "http://a.hooks.internal/",
        "http://hooks.internal.example.org/",
        "https://10.0.0.5/",
        "https://10.0.0.6:8443/",
        "http://example.org/",
    ] {
        assert!(Address::read(ill, &hosts).is_err(), "{ill}");
    }
    let reckless = permitting("169.254.169.254, metadata.example.org");
    assert_eq!(Address::read("http://169.254.169.254/", &reckless), Err(Unfit::Never));
    let client = Client::with_names(&settings(reckless.clone()), Names::leading(&["169.254.169.254"])).expect("one");
    let named = Address::read("http://metadata.example.org/", &reckless).expect("a permitted name");
    assert_eq!(post(&client, &named).expect_err("never"), Failed::Unfit(Unfit::Never));
    for broken in ["a b", "http://x", "x:y", "x:0", "127.1", "x/"] {
        assert!(broken.parse::<PrivateHosts>().is_err(), "{broken}");
    }
}

#[test]
fn a_name_that_answers_otherwise_the_next_time_gains_nothing() {
    let (at, taken) = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec());
    let hosts = permitting("rebound.example.org:1");
    let names = Names::leading(&["127.0.0.1", "127.0.0.1"]);
    let client = Client::with_names(&settings(hosts), names.clone()).expect("a client");
    let url = format!("https://rebound.example.org:{}/", at.port());
    let to = Address::read(&url, &nobody()).expect("a name of the world");
    assert_eq!(post(&client, &to).expect_err("this machine"), Failed::Unfit(Unfit::Private));
    assert_eq!(taken.load(Ordering::SeqCst), 0, "nothing was connected");
    assert_eq!(names.asked(), 1, "the name is asked for once: what was judged is what is connected to");

    // Well at first, and this machine from the second question on: the second request is refused too.
    let hosts = permitting(&format!("turning.example.org:{}", at.port()));
    let names = Names::leading(&["127.0.0.1", "169.254.169.254"]);
    let client = Client::with_names(&settings(hosts.clone()), names.clone()).expect("a client");
    let to = Address::read(&format!("http://turning.example.org:{}/", at.port()), &hosts).expect("permitted");
    assert_eq!(post(&client, &to).expect("an answer").status, 200);
    assert_eq!(post(&client, &to).expect_err("metadata"), Failed::Unfit(Unfit::Never));
    assert_eq!((taken.load(Ordering::SeqCst), names.asked()), (1, 2), "no connection is kept for the next");
}

#[test]
fn redirects_are_answers_and_long_bodies_are_cut() {
    let (elsewhere, followed) = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec());
    let moved = format!("HTTP/1.1 307 Moved\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (at, _) = receiver(moved.into_bytes());
    let hosts = permitting("127.0.0.1");
    let client = Client::new(&settings(hosts.clone())).expect("a client");
    let to = Address::read(&format!("http://{at}/"), &hosts).expect("permitted");
    let answer = post(&client, &to).expect("an answer");
    assert_eq!((answer.status, answer.is_success(), followed.load(Ordering::SeqCst)), (307, false, 0));
    assert!(answer.header("location").is_some_and(|to| to.contains(&elsewhere.to_string())));

    let mut endless = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".to_vec();
    endless.resize(9_000_000, b'x');
    let (at, _) = receiver(endless);
    let to = Address::read(&format!("http://{at}/"), &hosts).expect("permitted");
    let answer = post(&client, &to).expect("an answer");
    assert_eq!((answer.status, answer.body.len()), (200, 64 << 10));
}

#[test]
fn what_never_answers_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    let hosts = permitting("127.0.0.1");
    let client = Client::new(&settings(hosts.clone())).expect("a client");
    let to = Address::read(&format!("http://{at}/"), &hosts).expect("permitted");
    let begun = Instant::now();
    assert_eq!(post(&client, &to).expect_err("silence"), Failed::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(listener);
    assert!(matches!(post(&client, &to), Err(Failed::Broken(_))), "nobody listens");
}

#[test]
fn an_authority_that_is_none_is_refused() {
    for (pem, said) in [(&b"hello"[..], "no certificate"), (b"-----BEGIN CERTIFICATE-----\n!", "PEM")] {
        let refused = Client::new(&Settings { authority: Some(pem.to_vec()), ..Settings::default() });
        assert!(refused.expect_err("no authority").contains(said));
    }
}
