/**
 * Words and phrases by what they say about a request. A term is lower case; `*` at the end of its last word stands for any ending.
 * These are general terms of the field, not phrases of any data set.
 */

const words = (text: string): readonly string[] =>
  text
    .split(/[\n,]/)
    .map((term) => term.trim())
    .filter((term) => term !== '');

export const LEXICON = {
  /** Asks for something to be made. */
  make: words(
    `write, create, creating, develop, developing, build, building, design, designing, code, coding, generate, implement*, craft*, produce,
     construct*, program, programming, script, scripts, make, making, give me, provide, compile, engineer*, modify, draft, compose,
     source code, code for, example code, snippet`,
  ),
  /** Asks how something is done. */
  ask: words(
    `how to, how do, how can, how could, how would, how is, how are, how might, what steps, the steps, step by step, step-by-step,
     steps involved, step, steps, method, methods, technique*, strategies, strategy, procedure*, guide, walk me through, walkthrough,
     tutorial, instructions, best way, best ways, tools, tactic*, approach*, ways to, way to, teach me, show me, most effective,
     is it possible, explain how, describe how, best practices, tips`,
  ),
  /** Carrying something out. */
  do: words(
    `execut*, perform*, conduct*, launch*, carry out, carrying out, deploy*, run, running, stage, staging, orchestrat*, leverag*,
     utiliz*, utilis*, initiat*, use, using, set up, setting up, automat*, optimiz*, optimis*, enhanc*, distribut*, spread*, combin*`,
  ),
  /** Verbs of attack. Each is one in the field, and some have a harmless meaning too. */
  attackVerb: words(
    `exploit, exploits, exploited, exploiting, exploitation, bypass*, circumvent*, evade, evading, evasion, hijack*, crack, cracking, hack,
     hacking, hacked, hacks, brute forces, wipe the mbr, overwrite the mbr, crash my school*, take down a, take down my, read my husband*, read my wife*, read my girlfriend*, read my boyfriend*, read someone*, brute force, brute-force*, bruteforc*, compromis*, infiltrat*, exfiltrat*, steal, stealing, intercept*, spoof*,
     poisoning, tamper*, eavesdrop*, sabotag*, escalate privilege*, privilege escalation, inject, injecting, infect, infecting, subvert*,
     sniff, sniffing, impersonat*, ddos*, phish, jam, jamming, deauth*, deface*, flood the, flooding, overload*, crash the, take down,
     break into, breaking into, gain access, gain unauthorized, gain control, take over, takeover, manipulat*, weaponiz*, weaponis*,
     backdoor*, steals, spy on, spying on, spies on, snoop on, get into someone*, get into my ex*, get into my girlfriend*, get into my boyfriend*, get into my wife*, get into my husband*, get into my neighbor*,
     get into my neighbour*, get into my coworker*, get into her, get into his, get into their, log into someone*, dump the, dumps the, try every password, tries every password, try all passwords, defeat, harvest*, scrape credentials, dump credentials, dump password*, dump hashes, enumerat*, obfuscat*, forge, forging,
     downgrade, pivot, pivoting, lateral movement, attack, attacking, cloning, clone, extract, extracting, reverse engineer*`,
  ),
  /** The bare nouns; they mean something only beside words that say it is to be done. */
  attackNoun: words(
    `attack, attacks, exploit, exploits, exploitation, virus, viruses, worm, worms, vulnerabilit*, intrusion*, breach*, bomb, hijacking, spoofing, poisoning, flood, injection, cracking,
     evasion, tampering, sabotage, forgery, theft, misconfiguration*, reconnaissance, sniffing, eavesdropping, impersonation, interception, counterfeit*`,
  ),
  /** Things that exist for attacks alone. */
  weapon: words(
    `ransomware, keylogger*, keylogging, rootkit*, bootkit*, botnet*, trojan*, spyware, malware, infostealer*, stealer, stealers, wiper,
     adware, scareware, cryptojack*, cryptominer*, malspam, logic bomb*, fork bomb, zip bomb, computer virus*, virus that, viruses that, worm that,
     computer worm*, self-replicating, polymorphic, metamorphic code, dropper*, shellcode*, reverse shell*, bind shell*, web shell*, webshell*,
     exploit kit*, exploit code, payload, payloads, remote access trojan*, command and control, c2, zero-day*, zero day*, 0day*, rat that,
     phishing, spear-phishing, spearphishing, smishing, vishing, pharming, malvertis*, clickjack*, formjacking, skimmer*, skimming, juice jacking,
     rogue access point*, evil twin, stingray, imsi catcher*, fake login, fake website, credential harvest*, macro virus, malicious code, malicious software, malicious payload*, malicious script*, malicious app*, malicious link*, malicious file*, crypter,
     meterpreter, msfvenom, cobalt strike, eternalblue, rubber ducky, token grabber*, lsass, rockyou*, amsi, hidden backdoor*, secret backdoor*, bulletproof hosting, booter, stresser, carding, zombie computer*, zombie network*, screen locker, resident virus, boot sector virus, browser hijacker*, rogue security, rogue router*, xml bomb*, billion laughs, exploit script*, exploit for`,
  ),
  /** What has no other use than harm once it runs: to ask for it to be made says enough. */
  malware: words(
    `keylogger*, keystroke logger*, ransomware, rootkit*, botnet*, spyware, stalkerware, infostealer*, stealer, stealers, token grabber*, password grabber*, cookie grabber*, crypter*,
     remote access trojan*, rat that, rat client, computer virus*, virus that, worm that, computer worm*, logic bomb*, cryptojack*, hidden miner*, silent miner*, flooder*, booter, stresser,
     phishing page*, phishing site*, phishing website*, phishing kit*, phishing email*, phishing message*, phishing text*, phishing sms, fake login, credential harvest*, scam email*, scam text*, scam message*,
     fraud email*, ceo fraud, fake invoice*, fake review*, malware, trojan that, backdoor that, backdoor*, wiper, rubber ducky, card skimmer*, exploit for cve, exploit chain`,
  ),
  /** What is made of such things by those who fight or study them. */
  study: words(
    `scan, scans, scanning, scanner*, remov*, clean*, analy*, classif*, dataset*, sample*, sandbox*, yara, sigma, snort, suricata, rule, rules, signature*, hunt*, forensic*, report*, research*, presentation*, slide*,
     paper, blog*, policy, policies, course*, training, lesson*, exercise*, lecture*, checklist*, newsletter*, poster*, playbook*, tabletop, test for, tests for, unit test*, quarantine*, novel, speech, survey*, interview*, tweet*, diagram*`,
  ),
  /** What is taken from people. */
  loot: words(
    `keystroke*, saved password*, browser password*, saved login*, saved cookies, session cookies, browser cookies, their password*, their credentials, the credentials, the passwords, credit card number*, card number*, card details,
     creds, pin codes, their pin, 2fa sms, bank sms, private messages, private photos, text messages, whatsapp messages, phone calls, records calls, record calls, webcam, microphone, screenshots, clipboard, gps location, seed phrase*, private keys, 2fa code*, otp code*, verification code*`,
  ),
  /** Where it goes. */
  sendHome: words(
    `to my server, to my email, to my gmail, to my inbox, to my telegram, to my discord, to my webhook, to a webhook, to a remote server, to my remote server, to an external server, to my c2, to my phone, sends them to me, send them to me,
     to telegram, to discord, forwards them, sends it to me, send it to me, emails them to me, emails me, uploads them, exfiltrat*`,
  ),
  /** Named attacks. */
  attackName: words(
    `sql injection*, nosql injection*, command injection*, code injection*, ldap injection*, xml injection, template injection, xss,
     cross-site script*, cross site script*, csrf, cross-site request, ssrf, server-side request forgery, xxe, xml external entit*, rce,
     remote code execution, buffer overflow*, heap overflow*, stack overflow attack*, stack smashing, heap spray*, use-after-free,
     format string attack*, return-oriented, rop chain*, path traversal, directory traversal, file inclusion, insecure deserialization,
     man-in-the-middle, man in the middle, man-in-the-browser, mitm, arp spoof*, arp poison*, dns spoof*, dns poison*, dns cache poison*,
     dns tunnel*, dns amplification, dns hijack*, ip spoof*, mac spoof*, gps spoof*, caller id spoof*, email spoof*, bgp hijack*, session hijack*,
     session fixation, replay attack*, relay attack*, syn flood*, udp flood*, icmp flood*, http flood*, ping of death, smurf attack*, slowloris,
     denial of service, denial-of-service, dos attack*, ddos, amplification attack*, credential stuffing, password spray*, password crack*,
     dictionary attack*, rainbow table*, pass the hash, pass-the-hash, pass the ticket, golden ticket, kerberoast*, mimikatz, hash collision*,
     side-channel, side channel, timing attack*, padding oracle, cold boot, rowhammer, spectre, meltdown, fault injection, glitching, power analysis,
     evil maid, dma attack*, bluejack*, bluesnarf*, bluebug*, deauthentication, krack, wardriv*, wpa2 crack*, vlan hopping, mac flood*, sim swap*,
     sim clon*, ss7, supply chain attack*, watering hole, drive-by, typosquat*, social engineer*, shoulder surf*, tailgating, dumpster div*, baiting,
     pretext*, business email compromise, process hollowing, process injection, dll injection, dll hijack*, dll sideload*, api hook*, privilege escalation*,
     container escape, vm escape, sandbox evasion, antivirus evasion, av evasion, edr evasion, amsi bypass, uac bypass, lockpick*, downgrade attack*,
     collision attack*, birthday attack*, known-plaintext, chosen-ciphertext, cryptanaly*, quantum attack*, data poisoning, model inversion,
     adversarial attack*, bit flipping, domain fronting, fast flux, domain generation algorithm*, steganograph*, living off the land, fileless`,
  ),
  /** What is attacked, or who. */
  target: words(
    `system*, network*, server*, database*, website*, web application*, account*, password*, credential*, personal data, sensitive data,
     confidential, data, user, users, victim*, target, targets, targeted, router*, device*, cloud, api*, firewall*, antivirus*, anti-virus, edr, ids, ips,
     authentication, two-factor, 2fa, mfa, captcha*, login, wifi, wi-fi, wireless, bluetooth, rfid, nfc, bank*, atm, credit card*, compan*, organization*,
     organisation*, employee*, infrastructure, scada, plc*, ics, iot, smart home*, vehicle*, car, browser*, email*, session*, token*, cookie*, traffic,
     encryption, encrypted, key, keys, certificate*, tls, ssl, hsts, vpn, tor, smart meter*, power grid, hospital*, medical device*, pacemaker*, phone*, sim, android,
     iphone, ios, windows, linux, active directory, domain controller, container*, kubernetes, docker, hypervisor*, virtual machine*, firmware, bios, uefi, chip, crowdstrike, kaspersky, sentinelone, bitdefender, defender, captchas, phone verification,
     hardware, smart contract*, blockchain, wallet*, signature*, hash, hashes, security, protections, defenses, controls, logs, filters, whitelist*, blacklist*, waf`,
  ),
  /** Not being seen or allowed. */
  stealth: words(
    `undetected, undetectable, without detection, without being detected, avoid detection, avoiding detection, evade detection, evading detection,
     without being caught, without getting caught, without leaving a trace, cover my tracks, covering tracks, hide my tracks, erase logs, delete logs, covert*, clandestin*,
     without her knowing, without him knowing, without them knowing, without anyone knowing, without anyone noticing, without being noticed, without the owner, owner noticing, without her noticing, without him noticing, without them noticing,
     nobody can tell, no one can tell, nobody knows it was, nobody notices, so nobody, don't get caught, dont get caught, won't get caught, can't be traced, cannot be traced, not be traced, get banned, getting banned, hides from, hide from, hides itself,
     without touching disk, bypass windows defender, bypasses windows defender, bypass defender, bypass amsi, bypasses amsi, disable defender, disable windows defender, disables antivirus, past antivirus, past the antivirus, erase the logs, clear the logs, wipe the logs, wipe logs,
     unnoticed, not be flagged, not get flagged, isn't flagged, not be detected, be detected by, cannot be detected, can't be detected, without him finding out, without her finding out, without them finding out, scanners miss, antivirus misses, av misses,
     look like an update, looks like an update, looks legit, look legit, residential proxies,
     stealth*, without their knowledge, without their consent, without permission, without authorization, without authorisation, without consent, without the user,
     unauthorized access, unauthorised access, unauthorized, unauthorised, anonymously, untraceable, secretly, silently, bypass antivirus, persistence,
     persistent access, evade, hidden from, conceal*, masking the, mask the, disguis*, deceiv*, without explicit permission, unauthorizedly, hidden malware, offensive use, offensive purposes`,
  ),
  /** Harm as the aim, in so many words. */
  harm: words(
    `malicious, maliciously, illegal*, illicit*, victim*, attacker's, attackers, attacker, adversar*, maximum impact, maximize damage, cause damage, cause harm,
     delete system32, deletes system32, fills the disk, fill the disk, wipes the disk, wipe the disk, corrupts the, brick the, bricks the, cannot be stopped, can't be stopped, disrupt*, destroy*, hacker*, cybercriminal*, threat actor*, black hat, blackhat, dark web, money laundering, blackmail, extort*, ransom, fraud, stolen, steal`,
  ),
  /** Protection as the aim. */
  defence: words(
    `detect, detects, detecting, detection system*, prevent*, protect*, mitigat*, defend*, defense, defence, defensive, block, blocks, blocked, blocking, monitor*, patch,
     patching, remediat*, audit*, alert*, harden*, awareness, safeguard*, sanitiz*, sanitis*, countermeasure*, incident response, secure my, secure your, secure our, secure a,
     secure the, stay safe, avoid falling, avoid becoming, recover from, respond to, recogniz*, recognis*, identify, avoid being, signs of, warning signs, security posture,
     best defense, against, fix, fixing, compliance, risk assessment, threat model*, blue team, intrusion detection, access control, security team, administrator`,
  ),
  /** About knowledge rather than doing. */
  define: words(
    `what is, what's, what does, define, definition, difference between, history of, explain what, explain the concept, overview, summarize, summary of, famous, essay, article,
     story, movie, poem, slogan, compare, examples of, meaning of, list of, quiz, headline`,
  ),
  /** Counted in place of terms of attack that are negated or warded off; see terms.ts. */
  wardedOff: words(`refuse to, decline to, must never help, never assist`),

  /** How system messages say what their assistant is not to help with. */
  ownPolicy: words(
    `refuse request*, refuse any request*, refuse all request*, decline request*, decline any request*, reject request*, do not assist with, don't assist with,
     do not help with, don't help with, never assist with, never help with, must refuse, must decline, require authorization, requires authorization,
     require clear authorization, requires clear authorization, require explicit authorization, requires explicit authorization, require written authorization,
     requires written authorization, only with authorization, only with permission,
     require authoris*, requires authoris*, require explicit authoris*, requires explicit authoris*, require a clear, requires a clear,
     context of authori*, authorized security testing, authorised security testing`,
  ),

  persona: words(
    `act as, acting as, pretend, pretending, you are now, you're now, you will now, from now on, role-play, roleplay, role play, you are going to, you are about to, simulate,
     take on the role, immerse yourself, respond as, respond as such, play the role, play the part, your name is, you will be, you are a, you're going to, imagine you, in the persona, persona,
     in character, impersonate, embody, take the role, the role of, i want you to, you are dan, called dan, named dan, alter ego, evil twin, fictional character, emulate, behave like, speak as`,
  ),
  unrestricted: words(
    `no restrictions, no restriction, no rules, no limits, no limit, no limitations, no filters, no filter, no boundaries, no guidelines, no morals, no ethics, no ethical, no moral, no censorship,
     without restrictions, without restriction, without any restrictions, without limitations, without any limitations, without rules, without filter*, without censorship, without any filter*, without any censorship, without any moral*, without ethical,
     without regard*, unfiltered, uncensored, unrestricted, unlimited, do anything now, dan mode, free from all, free of all, freed from, broken free, break free, not bound by, not bound to, not restricted, not limited by, unbound,
     no longer bound, no longer restricted, bypass*, amoral, immoral, unethical, illegal, regardless of, legality, ethics, ethical guidelines, moral, morals, morality, inappropriate, offensive, nsfw, explicit,
     not confined, unbiased and unfiltered, no longer have to, do not have to abide, doesn't care, does not care, has no, have no, nothing is off limits, anything goes, all topics, any topic, harmful, dangerous, hate`,
  ),
  override: words(
    `ignore all, ignore any, ignore the above, ignore previous, ignore your, ignore everything, ignore every, ignore prior, ignore the previous, ignore the instructions, ignore these, ignore my previous, ignore all the, disregard all, disregard any,
     disregard the, disregard your, disregard previous, disregard prior, disregard everything, forget all, forget your, forget everything, forget previous, forget the previous, forget that you, override your, override all, override the, overrides all, system override, new instructions,
     stop following, do not follow your, instead of following, instructions you got before, instructions before, previous instructions, prior instructions, earlier instructions, above instructions, previous directives, all instructions, instructions above, your programming, your previous,
     your instructions, your guidelines, your training, your rules`,
  ),
  noRefusal: words(
    `never refus*, cannot refus*, can't refus*, can not refus*, do not refus*, don't refus*, won't refus*, does not refus*, doesn't refus*, without refus*, never say no, never declin*, must comply, will comply, always comply, complies with, comply with, must obey, obeys all, always obey, fulfil any, fulfill any, answer any question, answer every question, answer all questions, any request, every request,
     no matter what, no matter how, stay in character, stays in character, break character, breaking character, break of character, out of character, never apologi*, don't apologi*, do not apologi*, no disclaimers, without disclaimer*, without warning*, no warnings, don't warn, do not warn, unwanted warnings,
     as an ai language model, as an ai, as a language model, you are an ai, you're an ai, being an ai, i cannot, i can't, i'm sorry, not able to, doesn't say, never say, do not say, don't say, do not mention, don't mention, not mention, never mention, don't ever, must always answer, must answer, has to answer, have to answer`,
  ),
  dualMode: words(
    `developer mode, dev mode, debug mode, god mode, jailbreak, jailbroken, jailbreaking, jail broken, dan, stan, dude mode, evil mode, opposite mode, two responses, two ways, two different ways, two answers, two separate, both responses, normal response, classic response, standard response, openai*, chatgpt, chat gpt, gpt-4, gpt,
     content policy, content policies, content guidelines, usage policies, policies, tokens, token system, deducted, knowledge cut off, knowledge cutoff, openai policy, prompt engineer*, enabled, activated, hypothetical*, unlocked`,
  ),
  secretRequest: words(
    `system prompt, initial prompt, original prompt, hidden prompt, your prompt, secret prompt, initial instructions, original instructions, hidden instructions, your secret, the secret, secret key, the password, the passcode, passphrase, access code, secret code, secret word, confidential information, the key, secret phrase, developer message`,
  ),
  reveal: words(
    `reveal, reveals, print your, print the, repeat the, repeat your, repeat everything, repeat all, output your, output the, show me your, show your, tell me your, tell me the, share your, share the, display your, leak, disclose, divulge, what is your, what are your, what is the, what's the, translate your, spell, encode, write a poem about the, hint*, say the`,
  ),
  /** Words that steer a model from within content. */
  steer: words(
    `do not tell the user, don't tell the user, without telling the user, do not mention this, do not inform the user, attention ai, ai assistant*, dear assistant, note to ai, note to the ai, llm, language model, instructions for the assistant, instruction to the assistant, important instruction*, new task, your new task, before answering, instead of, instead answer, instead respond,
     in your response, in your reply, in your answer, your final answer, your summary, end your response, begin your response, start your response, always respond, say only, respond only with, only output, include the following, as the assistant, the assistant must, the assistant should, you must, you should now, from now on`,
  ),
  /** Asks that code be put into the answer. */
  implant: words(
    `following code*, below code*, code below, subsequent code, this code*, code snippet*, code excerpt*, code block*, code section*, code fragment*, code segment*, snippet below, snippet of code`,
  ),
  implantVerb: words(
    `insert, include, incorporat*, integrat*, embed*, merge, add, append, blend, weave, infuse, inject, employ, use, utiliz*, utilis*, deploy, fuse, enrich*, enhanc*, ensure, leverag*, assimilat*, adopt, apply, place, put, introduc*, combine, augment*, complement*, supplement*, implement*, feature, featuring, embod*, let your`,
  ),
} as const satisfies Record<string, readonly string[]>;

export type Class = keyof typeof LEXICON;
