//! Chromium, by the driver that Debian has with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::{BrowserLogEntry, ChromiumLikeCapabilities, LoggingPrefsLogLevel};

/// What every test here needs.
pub const NEEDS: [&str; 2] = ["chromium", "chromedriver"];
/// A desk's screen and a phone's, in pixels.
pub const WIDTHS: [u32; 2] = [1280, 360];

/// A browser with one window; it ends with this.
pub struct Browser {
    pub page: WebDriver,
    base: String,
    driver: Child,
}

/// Runs a journey.
pub fn run(journey: impl Future<Output = ()>) {
    // The driver's client wants one, though it speaks plain HTTP. Who comes second finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
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
        let mut wishes = DesiredCapabilities::chrome();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--lang=en",
        ] {
            wishes.add_arg(flag).unwrap();
        }
        if !has_scripts {
            let setting = "profile.managed_default_content_settings.javascript";
            wishes.add_experimental_option("prefs", json!({ setting: 2 })).unwrap();
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await.unwrap();
        Self { page, base: base.to_owned(), driver }
    }

    /// Makes the window so wide.
    pub async fn width(&self, pixels: u32) {
        self.page.set_window_rect(0, 0, pixels, 900).await.unwrap();
    }

    /// Goes to a page of the server.
    pub async fn go(&self, path: &str) {
        self.page.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Where it is now, without the server's address.
    pub async fn place(&self) -> String {
        let url = self.page.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.base).unwrap_or(&url).to_owned()
    }

    /// The element that fits, once there is one.
    pub async fn one(&self, css: &str) -> WebElement {
        let found =
            self.page.query(By::Css(css)).wait(Duration::from_secs(10), Duration::from_millis(50));
        match found.first().await {
            Ok(one) => one,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
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
                field.click().await.is_ok() && field.send_keys(Key::Control + "a").await.is_ok();
            if begun {
                return field.send_keys(text).await.unwrap();
            }
        }
        panic!("{css} cannot be written into");
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
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.page.execute(script, vec![]).await.unwrap().json().clone()
    }

    /// What the browser complained of since the last time: refusals of the policy, errors.
    pub async fn complaints(&self) -> Vec<String> {
        let log: Vec<BrowserLogEntry> = self.page.browser_log().await.unwrap();
        let told = log.iter().filter(|entry| entry.level == "SEVERE" || entry.level == "WARNING");
        told.map(|entry| format!("{}: {}", entry.level, entry.message)).collect()
    }

    pub async fn close(self) {
        self.page.clone().quit().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
