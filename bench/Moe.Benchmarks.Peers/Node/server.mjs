// Runs a GGUF file in the llama.cpp that the npm package node-llama-cpp brings, batch by batch as its own context class does, without
// tokenizer and without drawing tokens. One request in JSON a line on standard input, one answer a line on standard output; times are taken here.
import {createRequire} from "node:module";
import path from "node:path";
import readline from "node:readline";
import {pathToFileURL} from "node:url";

const BATCH_TOKENS = 512;
const POSITIONS = 256; // what it rounds the length of a sequence up to

const require = createRequire(path.join(path.resolve(process.argv[2]), "index.js"));
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(require.resolve("node-llama-cpp")));
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error, progressLogs: false});
const bindings = llama._bindings;

let model, sampler, context, settings, prompts, steps;

async function load(request) {
    settings = request;
    model = new bindings.AddonModel(request.path, {addonExports: bindings, gpuLayers: 0, useMmap: true});
    if (!await model.init())
        throw new Error(`${request.path} was not loaded`);
    sampler = new bindings.AddonSampler(model);
    sampler.applyConfig({temperature: 0});
}

async function open(sequences, length) {
    await context?.dispose();
    context = new bindings.AddonContext(model, {
        contextSize: sequences * Math.ceil(length / POSITIONS) * POSITIONS, batchSize: BATCH_TOKENS, sequences, flashAttention: "auto",
        threads: settings.threads
    });
    if (!await context.init())
        throw new Error("no context of this size");
}

async function append(sequence, tokens) {
    let logits;
    for (let start = 0; start < tokens.length; start += BATCH_TOKENS) {
        const part = tokens.subarray(start, start + BATCH_TOKENS);
        const last = start + part.length === tokens.length;
        context.initBatch(part.length);
        logits = context.addToBatch(sequence, start, part, Uint32Array.from(last ? [part.length - 1] : []));
        await context.decodeBatch();
    }
    return logits[0];
}

async function logits(request) {
    await open(1, request.tokens.length);
    const row = await append(0, Uint32Array.from(request.tokens));
    const sampled = await context.sampleToken(row, sampler, false, false, true);
    const values = [];
    for (let i = 0; i < sampled[3].length; i += 2)
        values[sampled[3][i]] = sampled[3][i + 1];
    return {logits: values};
}

async function prepare(request) {
    prompts = request.prompts.map(tokens => Uint32Array.from(tokens));
    steps = request.steps.map(tokens => tokens.map(token => Uint32Array.of(token)));
    await open(prompts.length, prompts[0].length + steps.length);
    for (let sequence = 0; sequence < prompts.length; sequence++)
        await append(sequence, prompts[sequence]);
}

async function sample() {
    const first = Uint32Array.of(0);
    if (steps.length === 0)
        context.disposeSequence(0);
    const start = process.hrtime.bigint();
    if (steps.length === 0)
        await append(0, prompts[0]);
    for (let step = 0; step < steps.length; step++) {
        context.initBatch(prompts.length);
        for (let sequence = 0; sequence < prompts.length; sequence++)
            context.addToBatch(sequence, prompts[sequence].length + step, steps[step][sequence], first);
        await context.decodeBatch();
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (steps.length > 0)
        prompts.forEach((prompt, sequence) => context.removeTokenCellsFromSequence(sequence, prompt.length, -1));
    return {seconds};
}

const operations = {load, logits, prepare, sample};
for await (const line of readline.createInterface({input: process.stdin})) {
    const request = JSON.parse(line);
    let answer;
    try {
        answer = await operations[request.operation](request) ?? {};
    } catch (error) {
        answer = {error: String(error)};
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0);
