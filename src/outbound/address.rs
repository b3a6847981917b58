//! An address that a request may go to, read once and strictly: what is judged here is byte for byte what
//! is asked later. Unusual ways to write a host are refused, not understood.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{
    PrivateHosts,
    reach::{Reach, reach},
};

/// The longest address, in bytes.
const LONGEST: usize = 2_048;
/// Names of one's own network, which no public name server answers for (RFC 6761, RFC 6762, RFC 8375).
const OWN_NETWORK: [&str; 10] =
    ["localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa"];
/// What may stand in a path or query (RFC 3986 §3.3), `%` included.
const IN_PATHS: &[u8] = b"-._~!$&'()*+,;=:@%/?[]";

/// An address of https, or of http where the configuration names the host. `Debug` shows the host alone:
/// what follows it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    port: u16,
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has another form.
    #[error("{0}")]
    Form(&'static str),
    /// It is not protected by TLS.
    #[error("write an address that begins with https://")]
    Plain,
    /// It leads to this machine or its own network, and the configuration does not name it.
    #[error("this address leads into a private network; `outbound.private_hosts` can permit a host by name")]
    Private,
    /// It leads where no request may go.
    #[error("this address is link-local, multicast, reserved or that of a metadata service; it is never asked")]
    Never,
}

impl Unfit {
    /// Its code for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form(_) => "url_invalid",
            Self::Plain => "url_not_https",
            Self::Private | Self::Never => "url_private",
        }
    }
}

impl Address {
    /// Reads and judges an address. Where its name leads is judged once more, at each connection.
    pub fn read(text: &str, permitted: &PrivateHosts) -> Result<Self, Unfit> {
        let (scheme, rest) = text.split_once("://").ok_or(Unfit::Plain)?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(Unfit::Plain);
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        let path = well_formed(path)?;
        let (host, port) = host_and_port(authority)?;
        let (usual, scheme) = if secure { (443, "https") } else { (80, "http") };
        let port = port.unwrap_or(usual);
        judge(&host, permitted.permit(&host, port), secure)?;
        let at = if port == usual { String::new() } else { format!(":{port}") };
        let slash = if path.starts_with('/') { "" } else { "/" };
        let text = format!("{scheme}://{host}{at}{slash}{path}");
        if text.len() > LONGEST {
            return Err(Unfit::Form("write an address of at most 2048 characters"));
        }
        Ok(Self { text, host, port })
    }

    /// The whole address, for the one who asks; of a chat it is a secret.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Its host, in ASCII and lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}:{}/..)", self.host, self.port)
    }
}

fn well_formed(path: &str) -> Result<&str, Unfit> {
    let is_well = |byte: u8| byte.is_ascii_alphanumeric() || IN_PATHS.contains(&byte);
    if path.contains('#') {
        return Err(Unfit::Form("write the address without `#` and what follows it"));
    }
    if path.bytes().all(is_well) {
        return Ok(path);
    }
    Err(Unfit::Form("write the path of the address in ASCII, with `%` before what stands for something else"))
}

/// May this host be asked, as far as its name tells?
fn judge(host: &str, is_permitted: bool, is_secure: bool) -> Result<(), Unfit> {
    let far = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => reach(ip),
        Err(_) if is_of_own_network(host) => Reach::Private,
        Err(_) => Reach::Public,
    };
    match far {
        Reach::Never => Err(Unfit::Never),
        Reach::Private | Reach::Public if is_permitted => Ok(()),
        Reach::Private => Err(Unfit::Private),
        Reach::Public if is_secure => Ok(()),
        Reach::Public => Err(Unfit::Plain),
    }
}

/// A name that means something only here: of one part, or below a name for that.
fn is_of_own_network(host: &str) -> bool {
    let below = |above: &&str| host.strip_suffix(*above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !host.contains('.') || OWN_NETWORK.iter().any(below)
}

/// `host[:port]`, the host in its one form: a name in ASCII and lower case, four numbers, or IPv6 in brackets.
pub(super) fn host_and_port(authority: &str) -> Result<(String, Option<u16>), Unfit> {
    if authority.contains('@') {
        return Err(Unfit::Form("write the address without a user name or password"));
    }
    let form = Unfit::Form("write a host such as hooks.example.org, and a port from 1 to 65535 if it is another");
    let end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']').ok_or(form)? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(end).ok_or(form)?;
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return Err(form),
        Some(digits) => Some(number(digits).ok_or(form)?),
    };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match inside {
        Some(inside) => inside.parse::<Ipv6Addr>().map(|ip| format!("[{ip}]")).map_err(|_| form)?,
        None => name(host).ok_or(form)?,
    };
    Ok((host, port))
}

/// A port; a sign or zeros before it are no number.
fn number(digits: &str) -> Option<u16> {
    let port = digits.parse::<u16>().ok().filter(|port| *port > 0)?;
    (port.to_string() == digits).then_some(port)
}

/// A name of the DNS (UTS #46, with the ASCII rules of STD 3), or an IPv4 address as four decimal numbers.
/// A name that ends in a number is an address to some resolvers, so that it is none here.
fn name(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(host).ok().filter(|name| !name.is_empty() && !name.ends_with('.'))?;
    if let Ok(ip) = ascii.parse::<Ipv4Addr>() {
        return Some(ip.to_string());
    }
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_number = hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then_some(ascii)
}
