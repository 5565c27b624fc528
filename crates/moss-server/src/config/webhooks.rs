//! Webhooks: where the server itself posts what people are to be told.

use reqwest::Url;

use crate::config::network::Network;
use crate::config::{Config, Webhooks};
use crate::security::webhook_signature::{HOW_A_SECRET_LOOKS, SigningKey};

/// Most webhooks, and most characters of one's URL.
const MAX_WEBHOOKS: usize = 10;
const MAX_URL_CHARS: usize = 500;

/// Where notices are posted, with everything it takes.
#[derive(Clone)]
pub struct WebhookTargets {
    /// Where to.
    pub urls: Vec<Url>,
    /// Signs what is sent.
    pub key: SigningKey,
    /// What may be asked though it is not public.
    pub allowed_networks: Vec<Network>,
}

impl Webhooks {
    /// Whether there is anything to post to, and all of it can be used.
    pub(super) fn fit(&self) -> Result<(), String> {
        if self.urls.len() > MAX_WEBHOOKS {
            return Err(format!(
                "has {} entries, at most {MAX_WEBHOOKS} are allowed",
                self.urls.len()
            ));
        }
        if let Some(at) = self.urls.iter().position(|url| target(url).is_none()) {
            return Err(format!(
                "[{at}] must be written like https://example.com/moss, of at most {MAX_URL_CHARS} \
                 characters, without a user, a password or a fragment"
            ));
        }
        if !self.urls.is_empty() && self.secret.is_empty() {
            return Err(format!(
                "needs webhooks.secret, by which the receivers know this server: it \
                 {HOW_A_SECRET_LOOKS}"
            ));
        }
        Ok(())
    }

    pub(super) fn secret_fits(&self) -> Result<(), String> {
        if self.secret.is_empty() || SigningKey::parse(&self.secret).is_some() {
            return Ok(());
        }
        Err(HOW_A_SECRET_LOOKS.to_owned())
    }
}

impl Config {
    /// Where notices are posted; none where nothing is, or where what is written does not fit.
    pub fn webhook_targets(&self) -> Option<WebhookTargets> {
        let Webhooks { urls, secret, allowed_networks } = &self.webhooks;
        let key = SigningKey::parse(secret)?;
        let urls: Vec<Url> = urls.iter().filter_map(|url| target(url)).collect();
        let allowed_networks = allowed_networks.clone();
        (!urls.is_empty()).then_some(WebhookTargets { urls, key, allowed_networks })
    }
}

/// A URL that can be posted to.
fn target(text: &str) -> Option<Url> {
    if text.chars().count() > MAX_URL_CHARS || !text.chars().all(|c| c.is_ascii_graphic()) {
        return None;
    }
    let url: Url = text.parse().ok()?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "https" | "http") && url.has_host() && is_plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn webhooks(urls: &[&str], secret: &str) -> Webhooks {
        let urls = urls.iter().map(|url| (*url).to_owned()).collect();
        Webhooks { urls, secret: secret.to_owned(), ..Webhooks::default() }
    }

    #[test]
    fn a_url_that_leads_nowhere_or_holds_a_password_is_refused() {
        for good in ["https://example.com", "http://10.0.0.1:8080/a?b=c", "https://[::1]/moss"] {
            assert_eq!(webhooks(&[good], SECRET).fit(), Ok(()), "{good}");
        }
        let long = format!("https://example.com/{}", "x".repeat(MAX_URL_CHARS));
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://me:secret@example.com",
            "https://example.com/#a",
            "https://exa mple.com",
            long.as_str(),
        ] {
            let problem = webhooks(&["https://example.com", bad], SECRET).fit().unwrap_err();
            assert!(problem.starts_with("[1] must be") && !problem.contains("me:"), "{problem}");
        }
        let many = ["https://example.com"; MAX_WEBHOOKS + 1];
        assert!(webhooks(&many, SECRET).fit().is_err());
    }

    #[test]
    fn nothing_is_posted_that_cannot_be_signed() {
        let problem = webhooks(&["https://example.com"], "").fit().unwrap_err();
        assert!(problem.contains("openssl rand"), "{problem}");
        assert!(webhooks(&[], "short").secret_fits().is_err());
        let mut config =
            Config { webhooks: webhooks(&["https://a.example"], ""), ..Config::default() };
        assert!(config.webhook_targets().is_none());
        config.webhooks.secret = SECRET.to_owned();
        assert_eq!(config.webhook_targets().unwrap().urls.len(), 1);
        assert!(!format!("{:?}", config.webhooks).contains("MfKQ9"));
    }
}
