// refuse: syntax 2:4
def main():
    return 1
