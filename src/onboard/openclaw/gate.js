// Before the model: is there work? Written by `moss onboard openclaw`.
const ran = await exec({ command: "{command}", workdir: "{workspace}", timeoutSeconds: 25, yieldMs: 28000 });
const code = ran?.exitCode ?? null;
// 0 is work, 3 is none. Anything else is told once, then not again until it is over or another.
// OpenClaw forgets this state when the run it led to fails, so nothing is lost with a dead model.
const failure = code === 0 || code === 3 ? null : String(code);
const told = trigger.state?.failure ?? null;
json({
  fire: code === 0 || (failure !== null && failure !== told),
  message: String(ran?.aggregated ?? "").trim(),
  state: { failure },
});
