/**
 * What lies outside of the domain, so that the policy says so instead of refusing it as unsafe or falling to the nearest known task.
 * Some of every list are held out from training (see phrasingsOf).
 */
import { withMore } from '../phrasings.js';

export interface Outside {
  readonly id: string;
  /** Completes "The user wants …". */
  readonly wish: string;
  /** How the topics are asked for: as code, in the frames of coding tasks, or as they stand. */
  readonly frames: 'code' | 'none';
  /** For `code` with verbs marked by `~`. */
  readonly topics: readonly string[];
}

type Row = readonly [id: string, wish: string, frames: Outside['frames'], topics: string];

/** Topics are separated by ` | `. */
const ROWS: readonly Row[] = [
  [
    'learning',
    'a machine learning program',
    'code',
    '~train a neural network on $row images | ~build a model that predicts the price of a $row | ~cluster $rows with k-means | ~fine-tune a language model on our $rows | ~detect faces in a $row photo | ~plot the loss of a pytorch model | ~classify $rows with tensorflow | ~run gradient descent on $row data | ~recognise speech in a $row recording | ~build a recommender for $rows | ~do sentiment analysis of $row reviews | ~forecast $row sales with a random forest',
  ],
  [
    'application',
    'a whole application',
    'code',
    '~build a web shop for $rows with login and payment | ~make a chat application with rooms | ~create a complete REST backend with users, roles and $rows | ~build a mobile app for $rows | ~develop a CRM for a $row company | ~clone twitter for $rows | ~write a 3d game with $rows | ~make a desktop program with windows and menus | ~set up a django project for a $row blog | ~build a dashboard with charts of all $rows | ~program an online multiplayer game | ~make a full website with a $row catalogue',
  ],
  [
    'algorithms',
    'a larger algorithm',
    'code',
    '~solve a sudoku | ~implement a red black tree | ~find the shortest path of a $row graph with Dijkstra | ~write a compiler for a small language | ~write a regex engine | ~solve the knapsack problem for $rows | ~implement a B-tree index | ~compress a $row file with Huffman codes | ~build a suffix array | ~simulate a bank with threads and locks | ~parse a programming language with a recursive descent parser | ~compute the convex hull of $row points',
  ],
  [
    'operations',
    'work on servers and clusters',
    'code',
    '~deploy the $row app to kubernetes | ~write a Dockerfile for the $row service | ~set up nginx in front of our $row server | ~create a terraform module for aws | ~configure a github actions pipeline | ~scale $row pods on a cluster | ~migrate our $row database to another cloud | ~write an ansible playbook for $rows | ~set up monitoring with grafana | ~tune the linux kernel of a $row host | ~write a systemd unit for the $row daemon | ~make a helm chart for the $row service',
  ],
  [
    'numbers',
    'a scientific program',
    'code',
    '~solve a differential equation | ~simulate the orbit of a $row | ~invert a large matrix with numpy | ~fit a curve through $row measurements | ~do a fourier transform of a $row signal | ~plot a histogram of $rows with matplotlib | ~load the $rows into pandas and ~pivot them | ~run a monte carlo simulation of $row prices | ~compute eigenvalues | ~integrate a function numerically | ~draw a map of all $rows | ~optimise a $row portfolio',
  ],
  [
    'devices',
    'a program for a device or a screen',
    'code',
    '~control a $row robot with an arduino | ~read a temperature sensor on a raspberry pi | ~blink an led | ~make a $row drone fly | ~record my screen as a video | ~write a driver for a $row printer | ~draw a $row with turtle graphics | ~play a $row sound when a key is pressed | ~cut a video into pieces | ~stream the webcam to a $row page | ~resize a $row picture with pillow | ~read a barcode with the phone camera',
  ],
  [
    'crawling',
    'a program for web pages or a browser',
    'code',
    '~scrape $row prices from a shop with selenium | ~crawl a $row site and ~index all pages | ~automate a browser to book a $row | ~post on instagram by a bot | ~write a discord bot for $rows | ~make a telegram bot that answers about $rows | ~send a newsletter with mailchimp | ~build a browser extension for $rows | ~download all videos of a $row channel | ~test a $row page with playwright | ~fill a $row form by selenium | ~build a slack bot that reports $rows',
  ],
  [
    'language',
    'a programming language that is not Python',
    'none',
    'write a $row class in Java | make a React component for a $row | a function in Go that reads a $row | I need a C program for $rows | write some PHP for a $row page | html page with a $row table | write a bash script that lists $rows | how do I do a $row loop in C++? | Rust code for a $row parser please | can you write javascript? | a SQL query in plain Oracle for all $rows | do it in Kotlin | give me the $row in TypeScript | css for a $row button | write that in ruby | Need a haskell fold over $rows. | powershell script that moves $rows | assembler code that adds two numbers | convert this python code to java | explain rust lifetimes | write a $row macro for excel | vba to sum the $row column | Scala case class for a $row | swift view that shows $rows | perl one liner for $rows | a lua script for my $row game | matlab code for a $row filter | I want the $row program in C#, not python',
  ],
  [
    'texts',
    'a text that is not code',
    'none',
    'write a poem about $rows | write an essay on the $row | Write a story about a $row and a $field. | a letter to my boss about the $row please | tell me a joke about $rows | sing a song | write a haiku | write my homework about the $row | make up a name for my $row shop | write a birthday card | summarise the book about the $row | a slogan for our $row shop | Write a cover letter for a job as a $row. | write a blog post on $rows | a limerick about a $row please | help me with my speech about the $row | write a review of the $row | draft an apology to a customer about a $row | write lyrics | tell me a fairy tale | Compose a tweet about $rows. | write a product text for a $row | proofread my letter | a short script for a play about a $row | make my text on the $row sound nicer | give me a title for a paper on $rows | rewrite this mail politely | I need a toast for a wedding',
  ],
  [
    'world',
    'something about the world',
    'none',
    'what is the weather today | will it rain in $place tomorrow? | who won the $row game? | what time is it in $place? | what is the capital of France? | who is the president? | how far is $place from here? | what is the news today | When was $place founded? | how tall is a $row? | where can I buy a $row? | best restaurant in $place | how many people live in $place? | what is the meaning of life? | how much is a $row? | is it sunny in $place now? | who invented the $row? | why is the sky blue? | what do $rows eat? | tell me about the history of $place | which stock should rise? | How old is the $row? | when does the train to $place leave | is there life on mars | what happened in 1989? | how does a $row work? | name a river near $place | who wrote the book on the $row?',
  ],
  [
    'personal',
    'advice on life',
    'none',
    'I feel sad | do you love me? | what is your favourite color? | should I buy a $row? | which movie should I watch? | give me tax advice | I have a headache, what helps? | plan my holiday in $place | recommend a book | how do I lose weight? | what should I wear today? | what should I cook tonight? | a recipe for $row soup | I had a fight with my friend | should I quit my job? | how do I learn the piano? | which $row fits me? | give me a workout plan | my dog is ill, what now? | how do I invest my money? | is coffee healthy? | help me to sleep better | what do I give my mother for christmas | can you be my friend? | I am bored | how do I get rich? | my knee hurts when I run | how should I tell my $row the truth?',
  ],
  [
    'media',
    'a picture, a sound or a translation',
    'none',
    'draw a $row | make an image of a $row | translate hello to French | translate this text to german: the $row is open | design a logo for a $row shop | generate a photo of a $row in $place | paint a $row for me | compose a melody | what does $row mean in Spanish? | say something in latin | create an icon of a $row | transcribe this audio | how do you say $row in italian | edit my photo | make a powerpoint about $rows | turn my voice into text | describe the picture | make a video of a $row | which language is this: hola | translate the $row manual',
  ],
];

export const OUTSIDES: readonly Outside[] = ROWS.map(([id, wish, frames, topics]) => ({
  id,
  wish,
  frames,
  topics: withMore(id, topics.split(' | ')),
}));

/** The answer has one beginning, whatever was asked; `$wish` is the outside's. */
export const OUTSIDE_ANSWERS: readonly string[] = [
  'That is outside of what I do: I write small Python functions and explain weaknesses in code.',
  'That is outside of what I do. Ask me for a small Python function, or about a weakness such as CWE-89.',
];
