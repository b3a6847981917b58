//! Connectors as they are configured, well and not.

use super::*;

const JIRA: &str = "[connector.jira]\nkind = 'jira'\nbase_url = 'https://example.atlassian.net/'\n\
    on = ['exception.submitted', 'exception.granted']\nuser = 'bot@example.org'\nsecret_env = 'JIRA_TOKEN'\n\
    set = { project = 'RISK', transition = { granted = '31' } }\n";

fn told(text: &str) -> String {
    let (_dir, path) = file(text);
    let error = Config::load(Some(&path), std::iter::empty(), &[]).expect_err(text);
    error.to_string().replace(&path.display().to_string(), "FILE")
}

#[test]
fn a_connector_is_read_and_its_secret_comes_from_the_environment_alone() {
    let (_dir, path) =
        file(&format!("{JIRA}when = \"exception.tier == 'high'\"\n[people.jira]\n'712020:Ab' = 'rita@example.org'\n"));
    let env = pairs(&[("JIRA_TOKEN", "a token of many characters\n"), ("PROVISO__CONNECTOR__JIRA__ACTION", "update")]);
    let config = Config::load(Some(&path), env.into_iter(), &[]).expect("config");
    let jira = &config.connectors["jira"];
    assert_eq!(jira.base, "https://example.atlassian.net");
    assert_eq!(jira.on.iter().map(String::as_str).collect::<Vec<_>>(), ["granted", "submitted"]);
    assert_eq!(
        (jira.settings("granted")["transition"].as_str(), jira.settings("submitted")["transition"].as_str()),
        (Some("31"), None)
    );
    assert_eq!(jira.settings("granted")["issue_type"], "Task");
    assert_eq!(jira.people.external("Rita@example.org"), Some("712020:Ab"));
    assert_eq!(
        jira.credentials.secrets[0].1.as_ref().map(crate::connect::Secret::reveal),
        Some("a token of many characters")
    );
    let shown = format!("{config:?} {:?}", connector::shown(jira));
    assert!(!shown.contains("many characters") && shown.contains("JIRA_TOKEN"), "{shown}");
}

#[test]
fn without_its_secret_a_connector_is_configured_and_says_what_is_missing() {
    let config = from_file(JIRA).expect("config");
    assert_eq!(config.connectors["jira"].missing(), ["JIRA_TOKEN"]);
    let odd = pairs(&[("JIRA_TOKEN", "two\nlines")]);
    let (_dir, path) = file(JIRA);
    let config = Config::load(Some(&path), odd.into_iter(), &[]).expect("config");
    assert_eq!(config.connectors["jira"].missing(), ["JIRA_TOKEN"], "what cannot stand in a header is not set");
}

/// What is written in place of what, and what is said of it.
const BAD: &[(&str, &str, &str)] = &[
    (
        "kind = 'jira'",
        "kind = 'jirra'",
        "connector.jira.kind (FILE, line 2): \"jirra\" is not accepted; write one of: jira, zendesk",
    ),
    ("kind = 'jira'\n", "", "connector.jira.kind: is needed: Which system"),
    (
        "https://example.atlassian.net/",
        "http://example.atlassian.net",
        "(FILE, line 3): \"http://example.atlassian.net\" is not accepted; write an address that begins with https://",
    ),
    (
        "https://example.atlassian.net/",
        "https://10.0.0.5",
        "leads into a private network; `outbound.private_hosts` can permit",
    ),
    ("https://example.atlassian.net/", "https://169.254.169.254", "it is never asked"),
    ("https://example.atlassian.net/", "https://user:pw@example.org", "without a user name or password"),
    (
        "https://example.atlassian.net/",
        "https://a.example.org/?x={{ exception.title }}",
        "write scheme, host and perhaps a path",
    ),
    (
        "exception.granted",
        "exception.grantd",
        "connector.jira.on (FILE, line 4): \"exception.submitted,exception.grantd\" is not accepted; there is no event `exception.grantd`; did you mean `exception.granted`?",
    ),
    ("'exception.submitted', 'exception.granted'", "", "name at least one event, such as exception.submitted"),
    ("exception.granted", "roster.person_added", "there is no event `exception.roster.person_added`"),
    ("user = 'bot@example.org'\n", "", "connector.jira.user: is needed where auth is basic: The user of `basic`"),
    ("user = 'bot@example.org'", "user = \"bot\\nx: y\"", "connector.jira.user (FILE, line 5)"),
    ("secret_env = 'JIRA_TOKEN'\n", "", "connector.jira.secret_env: is needed where auth is basic"),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'hunter2'",
        "write the names of variables, such as JIRA_TOKEN; the secrets themselves stand in the environment",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nsecret = 'x'",
        "connector.jira.secret (FILE, line 7): is not known; did you mean `secret_env`?",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nauth = 'oauth'",
        "(FILE, line 7): \"oauth\" is not accepted; write one of: none, basic, bearer, oauth2",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nauth = 'oauth2'",
        "connector.jira.client_id: is needed where auth is oauth2",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\naction = 'delete'",
        "write one of: upsert, create, update",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nwhen = \"exception.teir == 'x'\"",
        "there is no fact `exception.teir`",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nwhen = 'exception.round =='",
        "connector.jira.when (FILE, line 7): \"exception.round ==\" is not accepted; not a CEL expression",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\nsource = 'desk'",
        "name a source that is configured as [intake.<source>]",
    ),
    (
        "secret_env = 'JIRA_TOKEN'",
        "secret_env = 'JIRA_TOKEN'\ntemplate = '/nowhere.yaml'",
        "connector.jira.template (FILE, line 7): \"/nowhere.yaml\" cannot be read",
    ),
    ("project = 'RISK', ", "", "connector.jira.set.project: is needed: The project's key, such as RISK"),
    (
        "project = 'RISK'",
        "project = 'RISK', projekt = 'x'",
        "`projekt` is not left open by its calls; what is: issue_type, project, transition",
    ),
    ("{ granted = '31' }", "'31'", "is set for one event at a time, such as set.transition.granted"),
    (
        "{ granted = '31' }",
        "{ grantd = '31' }",
        "there is no event `exception.grantd`; did you mean `exception.granted`?",
    ),
    (
        "[connector.jira]",
        "[connector.Jira]",
        "a name has lower-case letters, digits and `_`, at most 40, a letter first",
    ),
    ("[connector.jira]", "[connector]\njira = 'x'\n[connector.jira]", "is not TOML"),
    (
        "kind = 'jira'",
        "kind = 'generic'",
        "connector.jira.template: is needed: a generic connector has no calls of its own",
    ),
    (
        "kind = 'jira'",
        "kind = ['jira', ['x']]",
        "connector.jira.kind (FILE, line 2): write one text or number, or a list of them",
    ),
];

#[test]
fn bad_connectors_are_refused_with_place_and_remedy() {
    assert!(from_file(JIRA).is_ok());
    for (from, to, says) in BAD {
        assert!(JIRA.contains(from), "{from}");
        let told = told(&JIRA.replacen(from, to, 1));
        assert!(told.contains(says), "{to}\ntold: {told}\nnot:  {says}");
        assert!(!told.contains("hunter2") && !told.contains("user:pw"), "{told}");
    }
    let told = told("[people.jira]\nrita = 'nobody'\n");
    assert_eq!(told, "people.jira.rita (FILE, line 2): write the mail address of somebody who has an account, alone");
}

const CALLS: &str = "about: own\ndocumentation: https://example.org\nset:\n  key: { about: a key }\ncreate:\n  - method: post\n    \
    url: /a/{{ set.key }}\n    headers: { X-A: \"{{ secret.JIRA_TOKEN }}\" }\n    id: /id\n    body: { a: \"{{ exception.title }}\" }\n";

/// The same for a file with calls of one's own; the line is the file's.
const BAD_CALLS: &[(&str, &str, &str)] = &[
    (
        "exception.title",
        "exception.titel",
        "line 10, column 16: /create/0/body/a: there is no field `exception.titel` (did you mean `exception.title`?)",
    ),
    ("exception.title", "exception", "there is no field `exception`"),
    ("exception.title", "secret.JIRA_TOKEN", "line 10, column 16: /create/0/body/a: a secret stands in a header alone"),
    ("{{ exception.title }}", "{{ exception.title", "line 10"),
    ("{{ exception.title }}", "{{ exception.title | nope }}", "/create/0/body/a"),
    (
        "{{ set.key }}",
        "{{ set.kye }}",
        "line 7, column 10: /create/0/url: there is no field `set.kye` (did you mean `set.key`?)",
    ),
    ("/a/{{", "https://evil.example/{{", "/create/0/url: it does not begin at the base (begin with one `/`"),
    ("/a/{{", "//evil.example/{{", "it does not begin at the base"),
    ("X-A", "Host", "/create/0/headers/Host: `Host` is not a template's to set"),
    ("X-A", "\"X A\"", "is not a template's to set"),
    ("id: /id", "id: id", "line 9, column 9: /create/0/id: `id` is no JSON Pointer"),
    ("    id: /id\n", "", "/create/0: the answer's id is not kept (add `id: /key`, or `keeps: nothing`"),
    ("method: post", "method: delete", "line 6"),
    ("about: own", "about: own\nabuot: x", "line 2"),
    (
        "secret.JIRA_TOKEN",
        "secret.OTHER",
        "connector.jira.secret_env: its calls name secret.OTHER; name that variable here",
    ),
];

#[test]
fn bad_calls_are_refused_with_file_line_and_hint() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("own.yaml");
    let text = JIRA.replace(
        "set = { project = 'RISK', transition = { granted = '31' } }",
        &format!("template = '{}'", path.display()),
    );
    fs::write(&path, CALLS).expect("file");
    from_file(&text).expect("it is well");
    for (from, to, says) in BAD_CALLS {
        fs::write(&path, CALLS.replacen(from, to, 1)).expect("file");
        let told = told(&text);
        assert!(told.contains(says), "{to}\ntold: {told}\nnot:  {says}");
        let place = told.contains(&format!("connector.jira.template (FILE, line 7): {}", path.display()));
        assert!(place || told.contains("secret_env"), "{told}");
    }
}
