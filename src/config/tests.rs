//! A corpus of configurations, good and bad.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

mod connectors;

use super::*;

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(content: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("folder");
    let path = dir.path().join(FILE);
    fs::write(&path, content).expect("file");
    (dir, path)
}

fn from_file(content: &str) -> Result<Config, ConfigError> {
    let (_dir, path) = file(content);
    Config::load(Some(&path), std::iter::empty(), &[])
}

fn from_env(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, pairs(env).into_iter(), &[])
}

#[test]
fn nothing_set_is_the_default() {
    assert_eq!(from_env(&[]), Ok(Config::default()));
    let elsewhere = [("PATH", "/bin"), ("PROVISO_TEST", "x"), ("PROVISO__LOG__LEVEL", "")];
    assert_eq!(from_env(&elsewhere), Ok(Config::default()));
    assert_eq!(Config::default().public_url().as_str(), "http://127.0.0.1:8080");
}

#[test]
fn every_default_is_a_value_that_may_be_written() {
    for key in KEYS {
        let shown = key.shown(&Config::default());
        let mut config = Config::default();
        if !shown.is_empty() {
            (key.set)(&mut config, &shown).unwrap_or_else(|e| panic!("{}: {e}", key.name));
        }
        assert_eq!(config, Config::default(), "{}", key.name);
    }
}

#[test]
fn flags_lie_over_the_environment_over_the_file() {
    let (_dir, path) = file("[writer]\nqueue = 100\nbatch = 10\n[database]\nreaders = 2\n");
    let env = pairs(&[("PROVISO__WRITER__BATCH", "20"), ("PROVISO__DATABASE__READERS", "3")]);
    let flags = pairs(&[("database.readers", "4")]);
    let (config, origins) = Config::load_with_origins(Some(&path), env.into_iter(), &flags).expect("config");
    assert_eq!((config.writer.queue, config.writer.batch), (100, 20));
    assert_eq!(config.database.readers, 4);
    let told: Vec<_> = KEYS
        .iter()
        .zip(&origins)
        .filter(|(_, origin)| **origin != Origin::Default)
        .map(|(key, origin)| format!("{} {origin}", key.name))
        .collect();
    let queue = format!("writer.queue {}, line 2", path.display());
    let expected = ["database.readers flag", &queue, "writer.batch PROVISO__WRITER__BATCH"];
    assert_eq!(told, expected);
}

#[test]
fn everything_can_be_set_in_the_file() {
    let config = from_file(
        "server.bind = '0.0.0.0:80'\n\
         server.public_url = 'https://proviso.example.org/'\n\
         server.workers = 4\n\
         server.max_body_bytes = '512 KiB'\n\
         server.trusted_proxy = '10.0.0.5'\n\
         database = { url = 'postgres://app@db/proviso', readers = 4 }\n\
         [attachments]\npath = '/data/files'\nmax_bytes = 5242880\nmax_total = '1 GiB'\n\
         [sop]\ndefault = 'fast_track'\n\
         [mail]\ntransport = 'smtp'\nfrom = 'risk@example.org'\n\
         [mail.smtp]\nhost = 'mx.example.org'\ntls = 'implicit'\n\
         [log]\nformat = 'json'\nlevel = 'warn'\n\
         [auth]\nsession_hours = 8\n",
    )
    .expect("config");
    assert_eq!(config.public_url().as_str(), "https://proviso.example.org");
    assert!(config.public_url().is_https());
    assert_eq!(config.server.workers, Some(4));
    assert_eq!(config.server.max_body_bytes, 524_288);
    assert_eq!(config.database.url.reveal(), "postgres://app@db/proviso");
    assert_eq!(config.attachments.max_total, 1 << 30);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.mail.from.as_str(), "risk@example.org");
    assert_eq!(config.mail.smtp.port(), 465);
}

#[test]
fn a_secret_comes_from_a_file_and_is_not_shown() {
    let (_dir, path) = file("postgres://app:hunter2@db/proviso\n");
    let variable = [("PROVISO__DATABASE__URL_FILE", path.to_str().expect("path"))];
    let config = from_env(&variable).expect("config");
    assert_eq!(config.database.url.reveal(), "postgres://app:hunter2@db/proviso");
    assert!(!format!("{config:?}").contains("hunter2"));
    for key in KEYS {
        assert!(!key.shown(&config).contains("hunter2"), "{}", key.name);
    }
    for bad in ["[database]\nurl = 'mysql://hunter2@x'", "[database]\nurl = 'postgres://hunter2"] {
        let error = from_file(bad).expect_err(bad);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let error = from_file("[server]\nbind = 'x'\nprot = 1\n[log]\nlevel = 'loud'\n").expect_err("bad");
    let keys: Vec<_> = error.problems.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(keys, ["server.prot", "server.bind", "log.level"]);
    assert_eq!(error.to_string().lines().count(), 3);
}

/// Files, and what is said of each: key, line, remedy.
const BAD_FILES: &[(&str, &str)] = &[
    ("[server]\nbnd = 'x'", "server.bnd (FILE, line 2): is not known; did you mean `server.bind`?"),
    ("bind = 'x'", "bind (FILE, line 1): is not known; did you mean `server.bind`?"),
    ("\n[servr]\nbind = 'x'", "servr.bind (FILE, line 3): is not known; did you mean `server.bind`?"),
    ("\n[smtp]", "smtp (FILE, line 2): is not known; remove it, or see `proviso config init` for all keys"),
    ("log = 'json'", "log (FILE, line 1): is a section; write its keys"),
    ("[server.bind]\nport = 80", "server.bind.port (FILE, line 2): is not known; did you mean"),
    ("[server]\nbind = '8080'", "server.bind (FILE, line 2): \"8080\" is not accepted; write an address and a port"),
    ("[server]\nbind = 8080", "\"8080\" is not accepted; write an address and a port"),
    ("[server]\nbind = ['127.0.0.1:80']", "server.bind (FILE, line 2): write one text or number, not a list"),
    ("[server]\nbind = '0.0.0.0:80'", "server.public_url: others can reach `server.bind`, so set the address they use"),
    (
        "[server]\npublic_url = 'http://proviso.example.org'",
        "write https://: sessions are not safe without it, except on localhost",
    ),
    ("[server]\npublic_url = 'proviso.example.org'", "write scheme, host and port alone"),
    ("[server]\npublic_url = 'ftp://example.org'", "begin with https://"),
    ("[server]\npublic_url = 'https://example.org/app'", "write scheme, host and port alone"),
    ("[server]\npublic_url = 'https://me@example.org'", "write scheme, host and port alone"),
    ("[server]\npublic_url = 'https://example.org:99999'", "write scheme, host and port alone"),
    ("[server]\npublic_url = 'https://[::1'", "write scheme, host and port alone"),
    (
        "[server]\nworkers = 0",
        "server.workers (FILE, line 2): \"0\" is not accepted; write a whole number from 1 to 256",
    ),
    ("[server]\nworkers = 2.5", "\"2.5\" is not accepted; write a whole number"),
    ("[server]\nmax_body_bytes = '1 TB'", "write a size from 1 KiB to 64 MiB, such as 20 MiB or 20971520"),
    ("[server]\ntrusted_proxy = 'nginx'", "write the proxy's IP address"),
    ("[database]\nurl = 'mysql://x/y'", "database.url (FILE, line 2): write sqlite:FILE"),
    ("[database]\nurl = 'sqlite:'", "write sqlite:FILE, such as sqlite:proviso.sqlite"),
    ("[database]\nreaders = -1", "\"-1\" is not accepted; write a whole number from 1 to 64"),
    ("[attachments]\npath = ''", "attachments.path (FILE, line 2): \"\" is not accepted; write the path of a folder"),
    ("[attachments]\nmax_bytes = '2000000 GiB'", "write a size from 1 KiB to 1 GiB"),
    ("[attachments]\nmax_total = '1 MiB'", "attachments.max_total: is less than `attachments.max_bytes`"),
    ("[sop]\ndefault = '../x'", "write a procedure's name in lower case, such as standard"),
    (
        "[mail]\ntransport = 'post'",
        "mail.transport (FILE, line 2): \"post\" is not accepted; write one of: smtp, file, none",
    ),
    ("[mail]\ntransport = 'smtp'", "mail.smtp.host: is needed by the transport `smtp`"),
    (
        "[mail]\ntransport = 'smtp'\n[mail.smtp]\nhost = 'mx'\ntls = 'none'",
        "mail.smtp.tls: mail without TLS leaves only",
    ),
    ("[mail]\ntransport = 'smtp'\n[mail.smtp]\nhost = 'mx'\nusername = 'a'", "mail.smtp.username: set a user name and"),
    (
        "[mail.smtp]\nhost = 'smtp://mx'",
        "mail.smtp.host (FILE, line 2): \"smtp://mx\" is not accepted; write a host alone",
    ),
    (
        "[mail.smtp]\nport = 0",
        "mail.smtp.port (FILE, line 2): \"0\" is not accepted; write a whole number from 1 to 65535",
    ),
    ("[mail]\nfrom = 'Proviso <p@example.org>'", "write an e-mail address alone"),
    ("[log]\nformat = true", "\"true\" is not accepted; write one of: text, json"),
    ("[log]\nlevel = 'INFO'", "write one of: error, warn, info, debug, trace"),
    ("[auth]\nsession_hours = 1000", "write a whole number from 1 to 168"),
    ("[auth]\nstep_up_minutes = 0", "write a whole number from 1 to 60"),
    ("[writer]\nqueue = 10", "writer.batch: is more than `writer.queue`"),
    (
        "[metrics]\nlisten = '9464'",
        "metrics.listen (FILE, line 2): \"9464\" is not accepted; write an address and a port",
    ),
    (
        "[metrics]\nlisten = '192.0.2.7:9464'",
        "metrics.listen: everybody who reaches this address could read the figures",
    ),
    (
        "[metrics]\nlisten = '127.0.0.1:8080'",
        "metrics.listen: is where the service itself listens; choose another port",
    ),
    ("[backup]\nfolder = ''", "backup.folder (FILE, line 2): \"\" is not accepted; write the path of a folder"),
    ("[backups]\nfolder = '/backups'", "backups.folder (FILE, line 2): is not known; did you mean `backup.folder`?"),
    (
        "[client]\nurl = 'proviso.example.org'",
        "client.url (FILE, line 2): \"proviso.example.org\" is not accepted; write scheme",
    ),
    ("[client]\nemail = 'ada'", "client.email (FILE, line 2): \"ada\" is not accepted; write an e-mail address alone"),
    ("[client]\ntoken = 'hunter2'", "client.token (FILE, line 2): write the whole token"),
    ("[client]\nurl = 'http://proviso.example.org'", "write https://: sessions are not safe without it"),
    ("[server]\nbind = 'a'\nbind = 'b'", "the configuration file (FILE, line 3): is not TOML: duplicate key"),
    ("[server\nbind = 'a'", "the configuration file (FILE, line 1): is not TOML: "),
];

#[test]
fn bad_files_are_refused_with_the_remedy() {
    assert!(BAD_FILES.len() >= 40, "the corpus has {}", BAD_FILES.len());
    for (content, says) in BAD_FILES {
        let (_dir, path) = file(content);
        let error = Config::load(Some(&path), std::iter::empty(), &[]).expect_err(content);
        let told = error.to_string().replace(&path.display().to_string(), "FILE");
        assert!(told.contains(says), "{content}\ntold: {told}\nnot:  {says}");
        assert_eq!(error.problems.len(), 1, "{content}\n{told}");
    }
}

/// Environments, and what is said of each.
const BAD_ENVIRONMENTS: &[(&[(&str, &str)], &str)] = &[
    (&[("PROVISO__SERVER__BIMD", "x")], "did you mean PROVISO__SERVER__BIND?"),
    (&[("PROVISO__SERVER_BIND", "x")], "did you mean PROVISO__SERVER__BIND?"),
    (&[("PROVISO__LOG", "json")], "log (PROVISO__LOG): is a section"),
    (&[("PROVISO__LOG__LEVEL", "loud")], "log.level (PROVISO__LOG__LEVEL): \"loud\" is not accepted"),
    (&[("PROVISO__LOG__LEVEL_FILE", "/x")], "only secrets are read from files; set PROVISO__LOG__LEVEL"),
    (&[("PROVISO__DATABASE__URL_FILE", "/no/such")], "\"/no/such\" cannot be read"),
    (
        &[("PROVISO__DATABASE__URL", "sqlite:x"), ("PROVISO__DATABASE__URL_FILE", "/x")],
        "PROVISO__DATABASE__URL sets the same; keep one of the two",
    ),
];

#[test]
fn bad_variables_are_refused_with_the_remedy() {
    for (env, says) in BAD_ENVIRONMENTS {
        let error = from_env(env).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn bad_flags_and_missing_files_are_refused() {
    let flags = pairs(&[("server.bind", "here")]);
    let error = Config::load(None, std::iter::empty(), &flags).expect_err("flag");
    assert!(error.to_string().starts_with("server.bind (flag): \"here\""));
    let missing = Config::load(Some(Path::new("/no/such.toml")), std::iter::empty(), &[]);
    assert!(missing.expect_err("missing").to_string().contains("(/no/such.toml): cannot be read"));
}

const SOURCE: &str = "[intake.helpdesk]\nsignature = 'shared-secret'\nsecret = 'correct horse battery'\n\
     sender = '/from'\ntitle = '/subject'\nexternal_id = '/id'\n";

#[test]
fn sources_of_messages_are_read_and_their_secrets_stay_hidden() {
    let config =
        from_file(&format!("{SOURCE}kind = 'ai_usage'\n[intake.helpdesk.senders]\n'+49.151' = 'rita@example.com'\n"))
            .expect("config");
    let source = &config.intake["helpdesk"];
    assert_eq!((source.at.sender.as_str(), source.header.as_str()), ("/from", "x-proviso-secret"));
    assert_eq!(source.senders["+49.151"].as_str(), "rita@example.com");
    let shown = format!("{config:?} {:?}", source.shown());
    assert!(!shown.contains("battery") && shown.contains("shared-secret"), "{shown}");
    let (_dir, path) = file("a secret of many characters\n");
    let path = path.to_str().expect("path").to_owned();
    let rest: Vec<(String, String)> = ["SIGNATURE=shared-secret", "SENDER=/a", "TITLE=/b", "EXTERNAL_ID=/c"]
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (format!("PROVISO__INTAKE__CHAT__{key}"), value.to_owned()))
        .collect();
    let file = [("PROVISO__INTAKE__CHAT__SECRET_FILE".to_owned(), path)];
    let config = Config::load(None, rest.into_iter().chain(file), &[]).expect("config");
    assert!(config.intake.contains_key("chat"));
}

#[test]
fn bad_sources_are_refused_with_the_remedy() {
    for (more, says) in [
        ("titel = '/x'", "intake.helpdesk.titel (FILE, line 7): is not known; did you mean `title`?"),
        ("text = 'body'", "intake.helpdesk.text (FILE, line 7): \"body\" is not accepted; write a JSON Pointer"),
        ("text = '/a~2'", "write a JSON Pointer (RFC 6901), such as /issue/reporter/email"),
        ("messages = '/entry'", "write a JSON Pointer with `*` for every one of a list, such as /messages/*"),
        ("messages = 'a/*'", "intake.helpdesk.messages (FILE, line 7): \"a/*\" is not accepted; write a JSON Pointer"),
        ("kind = 'chat'", "write one of: ai_usage, data_handling, model_deployment"),
        ("header = 'X Secret'", "write a header's name, such as X-Proviso-Secret"),
        ("senders = { a = 'nobody' }", "intake.helpdesk.senders.a (FILE): write the mail address"),
        ("sop = ['a']", "write one text or number, not a list"),
        ("[intake.Chat]\ntitle = '/a'", "a source's name has lower-case letters, digits and `_`"),
        ("[intake]\nchat = 'x'", "intake.chat (FILE, line 8): is a section; write its keys: signature, secret"),
    ] {
        let (_dir, path) = file(&format!("{SOURCE}{more}\n"));
        let error = Config::load(Some(&path), std::iter::empty(), &[]).expect_err(more);
        let told = error.to_string().replace(&path.display().to_string(), "FILE");
        assert!(told.contains(says), "{more}\ntold: {told}\nnot:  {says}");
        assert_eq!(error.problems.len(), 1, "{more}\n{told}");
    }
    for (from, to, says) in [
        ("'shared-secret'", "'none'", "write one of: standard-webhooks, hub-signature-256, shared-secret"),
        (
            "'shared-secret'",
            "'standard-webhooks'",
            "intake.helpdesk.secret (FILE, line 3): write the secret as `whsec_`",
        ),
        ("'correct horse battery'", "'short'", "a secret has at least 16 bytes"),
        ("sender = '/from'", "text = '/from'", "intake.helpdesk.sender: is needed: JSON Pointer to the sender"),
    ] {
        let (_dir, path) = file(&SOURCE.replacen(from, to, 1));
        let error = Config::load(Some(&path), std::iter::empty(), &[]).expect_err(to);
        let told = error.to_string().replace(&path.display().to_string(), "FILE");
        assert!(told.contains(says) && !told.contains("battery") && !told.contains("'short'"), "{to}\ntold: {told}");
    }
}
