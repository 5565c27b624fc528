//! Chromium, by the driver that Debian has with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use test_support::http::Request;

/// What every test here needs.
pub const NEEDS: [&str; 2] = ["chromium", "chromedriver"];
/// A desk's screen and a phone's, in pixels.
pub const WIDTHS: [u32; 2] = [1280, 360];

/// A browser with one window; it ends with this.
pub struct Browser {
    pub page: Client,
    base: String,
    driver: Child,
    driver_url: String,
}

/// Runs a journey.
pub fn run(journey: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(journey);
}

impl Browser {
    /// Opens one for a server at this address.
    pub async fn open(base: &str) -> Self {
        Self::opened(base, true).await
    }

    /// One that runs no script of any page.
    pub async fn without_scripts(base: &str) -> Self {
        Self::opened(base, false).await
    }

    async fn opened(base: &str, has_scripts: bool) -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = loop {
            let line = lines.next().expect("chromedriver says its port").unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        // Whatever else it says is not to fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let scripts = if has_scripts { 1 } else { 2 };
        let wishes = json!({
            "goog:chromeOptions": {
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"],
                "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let driver_url = format!("http://127.0.0.1:{port}");
        let mut client = ClientBuilder::new(HttpConnector::new());
        let client = client.capabilities(wishes.as_object().unwrap().clone());
        let page = client.connect(&driver_url).await.unwrap();
        Self { page, base: base.to_owned(), driver, driver_url }
    }

    /// Makes the window so wide.
    pub async fn width(&self, pixels: u32) {
        self.page.set_window_size(pixels, 900).await.unwrap();
    }

    /// Goes to a page of the server.
    pub async fn go(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Where it is now, without the server's address.
    pub async fn place(&self) -> String {
        let url = self.page.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.base).unwrap_or(&url).to_owned()
    }

    /// Waits until it is there.
    pub async fn at(&self, place: &str) {
        for _ in 0..200 {
            if self.place().await == place {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it is not at {place} but at {}", self.place().await);
    }

    /// The element that fits, once there is one.
    pub async fn one(&self, css: &str) -> Element {
        let wait = self.page.wait().at_most(Duration::from_secs(10));
        match wait.for_element(Locator::Css(css)).await {
            Ok(one) => one,
            Err(error) => panic!("{css}: {error}\n{}", self.page.source().await.unwrap()),
        }
    }

    pub async fn click(&self, css: &str) {
        self.one(css).await.click().await.unwrap();
    }

    /// Writes into a field in the place of what it says. A page that was just renewed has another one.
    pub async fn write(&self, css: &str, text: &str) {
        for _ in 0..5 {
            let field = self.one(css).await;
            // Not cleared: that leaves the field for a moment.
            let begun =
                field.click().await.is_ok() && field.send_keys(&(Key::Control + "a")).await.is_ok();
            if begun {
                return field.send_keys(text).await.unwrap();
            }
        }
        panic!("{css} cannot be written into");
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) {
        self.page.active_element().await.unwrap().send_keys(&key).await.unwrap();
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    pub async fn says(&self, what: &str) {
        for _ in 0..200 {
            if self.text().await.contains(what) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not say {what:?} at {}:\n{}", self.place().await, self.text().await);
    }

    /// What a script answers.
    pub async fn script(&self, script: &str) -> Value {
        self.page.execute(script, vec![]).await.unwrap()
    }

    /// What the browser complained of since the last time: refusals of the policy, errors.
    pub async fn complaints(&self) -> Vec<String> {
        let session = self.page.session_id().await.unwrap().unwrap();
        let ask = Request::new("POST", &format!("/session/{session}/se/log"));
        let log = ask.json(&json!({ "type": "browser" })).send(&self.driver_url).json();
        let told = log["value"].as_array().unwrap().iter();
        let bad = told.filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        bad.map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    pub async fn close(self) {
        self.page.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
