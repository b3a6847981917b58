//! The old evidence of a row: files beside the register, never outside its folder, attached before the row enters
//! where it belongs. What was attached already is not attached again.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use serde_json::{Value, json};

use super::super::{
    Code, Failure,
    client::{Service, Who},
};
use crate::words::Hash;

/// The file of that name in the folder.
///
/// # Errors
/// Why it is none, in words.
pub(super) fn within(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let named = Path::new(name);
    let plain = named.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain {
        return Err(format!("`{name}` leads out of the folder of the register"));
    }
    let whole = |path: &Path| path.canonicalize().map_err(|_| format!("there is no file `{name}` beside the register"));
    let (folder, file) = (whole(folder)?, whole(&folder.join(named))?);
    if !file.starts_with(&folder) {
        return Err(format!("`{name}` leads out of the folder of the register"));
    }
    if file.is_file() { Ok(file) } else { Err(format!("`{name}` is no file")) }
}

/// Attaches what is not attached yet and takes the row where it belongs; what became of it then.
pub(super) fn attach(service: &mut Service, files: &[PathBuf], mut answer: Value) -> Result<Value, Failure> {
    let id = answer.get("exception").and_then(Value::as_str).map(ToOwned::to_owned);
    let drafted = answer.get("state").and_then(Value::as_str) == Some("draft");
    let (Some(id), true, false) = (id, drafted, files.is_empty()) else { return Ok(answer) };
    let path = format!("/v1/exceptions/{id}/attachments");
    let known = service.get(&path)?;
    let hashes: Vec<&str> = known
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|file| file.get("hash")?.as_str())
        .collect();
    for file in files {
        let told = |error| Failure::told(Code::Failed, format!("{}: {error}", file.display()));
        let bytes = fs::read(file).map_err(told)?;
        if !hashes.contains(&Hash::of(&bytes).to_string().as_str()) {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            service.upload(&path, (&name, &bytes))?;
        }
    }
    let entered = service.post(Who::Anybody, &format!("/v1/exceptions/{id}/submit"), &json!({}))?;
    became(&mut answer, &entered);
    Ok(answer)
}

/// What became of a row, by where its exception is.
fn became(answer: &mut Value, entered: &Value) {
    let state = entered.get("state").and_then(Value::as_str).unwrap_or_default();
    let history = entered.pointer("/imported/standing").and_then(Value::as_str) != Some("live");
    let outcome = match state {
        "decision" => "decision",
        "returned" => "fix_queue",
        _ if history => "history",
        _ => "ended",
    };
    let reasons: Vec<Value> = entered
        .pointer("/returned/reasons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|reason| {
            let part = |name: &str| reason.get(name).cloned().unwrap_or_default();
            let pointer = reason.get("pointer").and_then(Value::as_str).map(|pointer| format!("/request{pointer}"));
            json!({ "code": part("code"), "pointer": pointer, "text": part("text"), "remedy": part("remedy") })
        })
        .collect();
    if let Value::Object(members) = answer {
        members.insert("outcome".to_owned(), outcome.into());
        members.insert("state".to_owned(), state.into());
        members.insert("reasons".to_owned(), reasons.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_taken_from_outside_the_folder() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("register");
        fs::create_dir_all(folder.join("files")).unwrap();
        fs::write(above.path().join("secret.txt"), "x").unwrap();
        fs::write(folder.join("files/a.txt"), "x").unwrap();
        std::os::unix::fs::symlink(above.path().join("secret.txt"), folder.join("link.txt")).unwrap();
        assert!(within(&folder, "files/a.txt").unwrap().ends_with("register/files/a.txt"));
        for odd in ["../secret.txt", "files/../../secret.txt", "link.txt", "/etc/passwd"] {
            assert!(within(&folder, odd).unwrap_err().contains("leads out of"), "{odd}");
        }
        assert!(within(&folder, "none.txt").unwrap_err().contains("there is no file"));
        assert_eq!(within(&folder, "files").unwrap_err(), "`files` is no file");
    }
}
