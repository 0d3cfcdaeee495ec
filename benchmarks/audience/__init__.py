"""How well the audience engine chooses, and how fast: the product's own code, against named baselines.

    python -m benchmarks.audience [--seeds 10] [--quick] [--only circles,decay,trust,world]
    python -m benchmarks.audience --speed

Reading order: graphs (real ones, or made up from a seed) · circles, decay, trust (three questions with a
known answer) · world (people whose kindness is known to the simulation alone) · policies (the baselines) ·
ours (the engine and the butler, as they are in the product) · worlds (all of them, for many seeds) · chart ·
speed.
"""
